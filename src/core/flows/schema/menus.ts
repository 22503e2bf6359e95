// The menus "sort by" and "group by", from the schema: in the order of their places, each with a letter.
import type { FieldKind } from './contract.js';
import { furtherGroupMenu } from './group-keys.js';
import { fields, isTextKind } from './schema.js';

export interface SortChoice {
  readonly key: string;
  readonly field: string;
  readonly label: string;
  /** The direction it begins with. */
  readonly descending: boolean;
}

export interface GroupChoice {
  readonly key: string;
  readonly keys: readonly string[];
  readonly label: string;
}

/** Keys that navigate or close a menu can't be letters of entries: h j k q. */
export const menuLetters = 'abcdefgilmnoprstuvwxyz';

interface Entry {
  readonly place?: number | undefined;
  readonly key?: string | undefined;
}

/** By position, entries without one last; an entry without a letter gets the first free one, '' when all are used. */
function arranged<Of extends Entry>(entries: readonly Of[]): (Of & { readonly key: string })[] {
  const taken = new Set(entries.map(({ key }) => key));
  const free = [...menuLetters].filter((letter) => !taken.has(letter));
  const placeOf = ({ place }: Entry): number => place ?? Number.MAX_SAFE_INTEGER;
  return [...entries]
    .sort((a, b) => placeOf(a) - placeOf(b))
    .map((entry) => ({ ...entry, key: entry.key ?? free.shift() ?? '' }));
}

/** Names from A, times from the shortest, amounts from the largest. */
const beginsDescending = (kind: FieldKind): boolean =>
  !isTextKind(kind) && kind !== 'port' && kind !== 'seconds';

/** Names as --sort has them. */
export const sortChoices: readonly SortChoice[] = arranged(
  fields.flatMap(({ name, kind, sortMenu }) =>
    sortMenu ? [{ label: name, ...sortMenu, field: name, descending: beginsDescending(kind) }] : [],
  ),
).map(({ key, field, label, descending }) => ({ key, field, label, descending }));

/** Keys as views and settings have them. */
export const groupChoices: readonly GroupChoice[] = arranged([
  ...furtherGroupMenu,
  ...fields.flatMap(({ name, group, groupMenu }) =>
    group && groupMenu
      ? [{ label: name, ...groupMenu, keys: [group === true ? name : group.name] }]
      : [],
  ),
]).map(({ key, keys, label }) => ({ key, keys, label }));
