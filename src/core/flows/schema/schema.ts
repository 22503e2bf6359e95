// The whole schema with what its entries leave to their kind: columns, row properties, fields. Everything else is made from these.
import type { FlowRow } from '../../model/flow.js';
import type { QueryColumns } from '../columns.generated.js';
import { perSecond, Rates } from '../rates.js';
import { columns } from './columns.js';
import type {
  ColumnSchema,
  FieldKind,
  FieldSchema,
  RateSchema,
  RowProperty,
  RowValue,
} from './contract.js';
import { fields as entries } from './fields.js';
import { rowOrder, rowProperties } from './row-properties.js';

export { rowObjects } from './row-properties.js';

export interface Field extends FieldSchema {
  readonly aliases: readonly string[];
  readonly isSortable: boolean;
  readonly read: NonNullable<FieldSchema['read']>;
  readonly ofRow: NonNullable<FieldSchema['ofRow']>;
}

export interface NamedColumn extends ColumnSchema {
  readonly name: string;
  readonly count: number;
}

type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array;

export const columnNameOf = ({ name, column }: FieldSchema): string => column?.name ?? name;

/** Kinds whose values are words: they are ordered from A to Z, and left-aligned. */
export const isTextKind = (kind: FieldKind): boolean =>
  kind === 'name' || kind === 'label' || kind === 'address';

const numbersOf = (of: QueryColumns, name: string): Numbers =>
  (of as unknown as Readonly<Record<string, Numbers>>)[name]!;

/** A closure for each: V8 knows which method it calls. */
const rateReader =
  ({ of, inBits }: RateSchema): Field['read'] =>
  (columns, context) => {
    const rates = new Rates(columns, context);
    const { seconds } = rates;
    const times = inBits ? 8 : 1;
    switch (of) {
      case 'bytes':
        return (slot) => perSecond(rates.bytes(slot) * times, seconds);
      case 'packets':
        return (slot) => perSecond(rates.packets(slot) * times, seconds);
      case 'receivedBytes':
        return (slot) => perSecond(rates.receivedBytes(slot) * times, seconds);
      case 'sentBytes':
        return (slot) => perSecond(rates.sentBytes(slot) * times, seconds);
    }
  };

const sumOf = (values: Numbers, slot: number, count: number): number => {
  let sum = 0;
  for (let i = slot * count; i < (slot + 1) * count; i += 1) sum += values[i]!;
  return sum;
};

/** The sum of its column's elements. */
export function columnReader(
  entry: FieldSchema,
): (columns: QueryColumns) => (slot: number) => number {
  const name = columnNameOf(entry);
  const count = entry.column?.count ?? 1;
  return (of) => {
    const values = numbersOf(of, name);
    return count === 1 ? (slot) => values[slot]! : (slot) => sumOf(values, slot, count);
  };
}

const roundedJson = { json: { write: 'round' } } as const;

/** Its property of a row; null: it has none of its own. */
function propertyOf(entry: FieldSchema): (RowProperty & { readonly field: string }) | null {
  if (entry.row === null || (!entry.row && !entry.column && !entry.rate)) return null;
  const { name, kind, dictionary } = entry;
  const columnName = columnNameOf(entry);
  const json = kind === 'bitsPerSecond' || kind === 'packetsPerSecond' ? roundedJson : {};
  const byKind: RowProperty =
    kind === 'label'
      ? { path: name, type: 'string', value: columnName, dictionary: dictionary! }
      : { path: name, type: 'number', value: entry.rate ?? columnName };
  return {
    ...byKind,
    ...json,
    description: sentence(entry.description),
    ...entry.row,
    field: name,
  };
}

const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}.`;

const at = (row: FlowRow, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | null)?.[key], row);

export const fields: readonly Field[] = entries.map((entry) => {
  const path = propertyOf(entry)?.path;
  return {
    ...entry,
    aliases: entry.aliases ?? [],
    isSortable: entry.sortable !== false,
    read: entry.read ?? (entry.rate ? rateReader(entry.rate) : columnReader(entry)),
    ofRow:
      entry.ofRow ??
      ((row) => (path === undefined ? null : ((at(row, path) ?? null) as string | number | null))),
  };
});

/** With the column of what the last tick added, where it has one. */
function withDelta(name: string, column: ColumnSchema): NamedColumn[] {
  const { storage, count = 1, record } = column;
  const whole = { ...column, count, name };
  if (!record?.delta) return [whole];
  const delta = { name: record.delta, storage, count, seenBy: 'rules' } as const;
  return [whole, { ...delta, description: `${name} of the last tick.` }];
}

export const schemaColumns: readonly NamedColumn[] = [
  ...Object.entries<ColumnSchema>(columns).flatMap(([name, column]) => withDelta(name, column)),
  ...entries.flatMap((entry) => (entry.column ? withDelta(columnNameOf(entry), entry.column) : [])),
];

const place = (path: string): number => {
  const found = rowOrder.indexOf(path);
  return found < 0 ? rowOrder.length : found;
};

/** By its object, then within it. */
const comparePaths = (a: string, b: string): number =>
  place(a.split('.')[0]!) - place(b.split('.')[0]!) || place(a) - place(b);

/** In the order of rows and NDJSON. */
export const allRowProperties: readonly (RowProperty & { readonly field?: string })[] = [
  ...rowProperties,
  ...entries.flatMap((entry) => propertyOf(entry) ?? []),
].sort((a, b) => comparePaths(a.path, b.path));

const valueByPath = new Map(allRowProperties.map(({ path, value }) => [path, value]));

/** For the generated row: what makes this property, where it isn't a column. */
export function rowValue<Value>(path: string): (...of: Parameters<RowValue>) => Value {
  return valueByPath.get(path) as (...of: Parameters<RowValue>) => Value;
}
