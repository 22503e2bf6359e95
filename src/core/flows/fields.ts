// Fields and group keys by name, as filters, --sort and views name them.
import type { QueryColumns } from './columns.generated.js';
import type { GroupKey } from './schema/contract.js';
import { furtherGroupKeys } from './schema/group-keys.js';
import { columnReader, type Field, fields } from './schema/schema.js';

/** --sort port means the service's. */
const sortAliases = new Map([['port', 'dport']]);

const byName = new Map<string, Field>();
for (const one of fields) {
  for (const name of [one.name, ...one.aliases]) byName.set(name, one);
}

export function findField(name: string): Field | undefined {
  return byName.get(name.toLowerCase());
}

export function findSortField(name: string): Field | undefined {
  const lower = name.toLowerCase();
  const found = byName.get(sortAliases.get(lower) ?? lower);
  return found?.isSortable ? found : undefined;
}

export const sortNames: readonly string[] = [
  ...fields.filter((one) => one.isSortable).map((one) => one.name),
  ...sortAliases.keys(),
];

/** By the value of its column, as its kind writes it. */
function keyByValue(field: Field): GroupKey {
  const { name, description, kind, dictionary } = field;
  let columnsAtHand: QueryColumns | null = null;
  let read: (slot: number) => number = () => 0;
  const valueAt = (columns: QueryColumns, slot: number): number => {
    if (columns !== columnsAtHand) {
      columnsAtHand = columns;
      read = columnReader(field)(columns);
    }
    return read(slot);
  };
  return {
    name,
    description,
    code: valueAt,
    label: (columns, context, slot) => {
      const value = valueAt(columns, slot);
      if (kind === 'label') return context.label(dictionary!, value);
      return field.label ? field.label(value) : String(value);
    },
    filter: (label) => (kind === 'label' ? `${name} = "${label}"` : `${name} = ${label}`),
    ...(kind === 'label' && { sharedLabels: true }),
  };
}

export const groupKeys: readonly GroupKey[] = [
  ...furtherGroupKeys,
  ...fields.flatMap((field) =>
    field.group === true ? [keyByValue(field)] : field.group ? [field.group] : [],
  ),
];

export function findGroupKey(name: string): GroupKey | undefined {
  return groupKeys.find((key) => key.name === name.toLowerCase());
}
