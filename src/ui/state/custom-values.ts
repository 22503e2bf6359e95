// Values of a user's maps and events as lines of text: names and figures side by side, with what a counter has grown by.
import { formatCount } from '../../core/format/quantity.js';
import { safeText } from '../../core/format/safe-text.js';
import type { CustomReport, CustomValue } from '../../core/model/custom.js';
import { grouped } from '../widgets/quantity.js';

export interface Leaf {
  /** '' for a value that is no struct. */
  readonly name: string;
  readonly value: CustomValue;
}

/** Members of one value that are shown: more would not fit on a screen. */
const leavesMax = 64;

const isStruct = (value: CustomValue): value is { readonly [member: string]: CustomValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Nested structs as `outer.inner`; arrays stay whole. */
export function leavesOf(value: CustomValue, name = ''): Leaf[] {
  if (!isStruct(value)) return [{ name, value }];
  const leaves: Leaf[] = [];
  for (const [member, inside] of Object.entries(value)) {
    if (leaves.length >= leavesMax) break;
    leaves.push(...leavesOf(inside, name === '' ? member : `${name}.${member}`));
  }
  return leaves;
}

const arrayShown = 16;

export function scalarText(value: CustomValue): string {
  if (Array.isArray(value)) {
    const shown = value.slice(0, arrayShown).map((one) => scalarText(one as CustomValue));
    return `[${shown.join(' ')}${value.length > arrayShown ? ' …' : ''}]`;
  }
  if (isStruct(value)) return `{${valueText(value)}}`;
  if (typeof value === 'string') return safeText(value, 64);
  return String(value);
}

/** "ether_type 2054 direction DIRECTION_IN". */
export const valueText = (value: CustomValue): string =>
  leavesOf(value)
    .map(({ name, value: one }) => `${name === '' ? '' : `${name} `}${scalarText(one)}`)
    .join('  ');

export interface Figure {
  readonly name: string;
  readonly text: string;
  /** Since the report before; '' where nothing was added. */
  readonly growth: string;
}

/** Numbers of entries in the report before, by map, key and member. */
export type Figures = ReadonlyMap<string, number | bigint>;

const path = (map: string, key: string, name: string) => `${map}\n${key}\n${name}`;

export function figuresOf(report: CustomReport): Figures {
  const figures = new Map<string, number | bigint>();
  for (const { map, entries } of report.maps) {
    for (const { key, value } of entries) {
      for (const leaf of leavesOf(value)) {
        if (typeof leaf.value === 'number' || typeof leaf.value === 'bigint')
          figures.set(path(map, valueText(key), leaf.name), leaf.value);
      }
    }
  }
  return figures;
}

export function figuresOfEntry(
  map: string,
  key: string,
  value: CustomValue,
  before: Figures,
  seconds: number,
): Figure[] {
  return leavesOf(value).map(({ name, value: now }) => {
    if (typeof now !== 'number' && typeof now !== 'bigint')
      return { name, text: scalarText(now), growth: '' };
    const old = before.get(path(map, key, name));
    const grown = old === undefined ? 0 : Number(now) - Number(old);
    return {
      name,
      text: typeof now === 'number' && Number.isInteger(now) ? grouped(now) : String(now),
      growth: grown > 0 && seconds > 0 ? `+${formatCount(grown / seconds)}/s` : '',
    };
  });
}
