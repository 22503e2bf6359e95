// Pieces of a compiled filter: each fills a mask over all slots in one tight loop, so that a million flows take milliseconds.
import type { QueryColumns } from '../field-context.js';
import type { FlowField } from '../fields.js';
import type { SlotFilter } from '../query.js';
import type { Network } from './addresses.js';

export type Side = 'either' | 'source' | 'destination' | 'both';

export function not(filter: SlotFilter): SlotFilter {
  return (columns, context, mask) => {
    filter(columns, context, mask);
    for (let slot = 0; slot < mask.length; slot += 1) mask[slot]! ^= 1;
  };
}

export function all(filters: readonly SlotFilter[]): SlotFilter {
  return combine(filters, (mask, other) => {
    for (let slot = 0; slot < mask.length; slot += 1) mask[slot]! &= other[slot]!;
  });
}

export function any(filters: readonly SlotFilter[]): SlotFilter {
  return combine(filters, (mask, other) => {
    for (let slot = 0; slot < mask.length; slot += 1) mask[slot]! |= other[slot]!;
  });
}

function combine(
  filters: readonly SlotFilter[],
  join: (mask: Uint8Array, other: Uint8Array) => void,
): SlotFilter {
  const [first, ...rest] = filters;
  if (!first) return (_columns, _context, mask) => mask.fill(0);
  if (rest.length === 0) return first;
  return (columns, context, mask) => {
    first(columns, context, mask);
    const other = new Uint8Array(mask.length);
    for (const filter of rest) {
      filter(columns, context, other);
      join(mask, other);
    }
  };
}

/** Compares what `read` gives for each slot. */
export function number(read: FlowField['read'], test: (value: number) => boolean): SlotFilter {
  return (columns, context, mask) => {
    const value = read(columns, context);
    for (let slot = 0; slot < mask.length; slot += 1) mask[slot] = test(value(slot)) ? 1 : 0;
  };
}

/** Tests the label of each distinct code once. */
export function label(field: FlowField, test: (label: string) => boolean): SlotFilter {
  return (columns, context, mask) => {
    const code = field.read(columns, context);
    const known = new Map<number, number>();
    for (let slot = 0; slot < mask.length; slot += 1) {
      if (!columns.used[slot]) continue;
      const value = code(slot);
      let result = known.get(value);
      if (result === undefined) {
        const text = field.label?.(value, context) ?? '';
        result = text !== '' && test(text) ? 1 : 0;
        known.set(value, result);
      }
      mask[slot] = result;
    }
  };
}

function inAny(words: Uint32Array, slot: number, networks: readonly Network[]): boolean {
  const at = slot * 4;
  for (const { words: wanted, mask } of networks) {
    if (
      // The last word differs most among IPv4 addresses.
      (words[at + 3]! & mask[3]!) >>> 0 === wanted[3] &&
      (words[at + 2]! & mask[2]!) >>> 0 === wanted[2] &&
      (words[at + 1]! & mask[1]!) >>> 0 === wanted[1] &&
      (words[at]! & mask[0]!) >>> 0 === wanted[0]
    ) {
      return true;
    }
  }
  return false;
}

type EndTest = (columns: QueryColumns, low: boolean) => (slot: number) => boolean;

/** A test of one end, for the end or ends that are meant. */
function ends(side: Side, makeTest: EndTest): SlotFilter {
  return (columns, _context, mask) => {
    const low = makeTest(columns, true);
    const high = makeTest(columns, false);
    const { sourceIsLow } = columns;
    for (let slot = 0; slot < mask.length; slot += 1) {
      let matches: boolean;
      if (side === 'either') matches = low(slot) || high(slot);
      else if (side === 'both') matches = low(slot) && high(slot);
      else matches = (sourceIsLow[slot] === 1) === (side === 'source') ? low(slot) : high(slot);
      mask[slot] = matches ? 1 : 0;
    }
  };
}

export function addressIn(side: Side, networks: readonly Network[]): SlotFilter {
  return ends(side, (columns, low) => {
    const words = low ? columns.lowAddressWords : columns.highAddressWords;
    return (slot) => inAny(words, slot, networks);
  });
}

/** Flows without ports match nothing. */
export function port(side: Side, test: (port: number) => boolean): SlotFilter {
  // 65,536 answers once are cheaper than a list of ranges for each of a million flows; not before it is used, while someone types.
  let answers: Uint8Array | null = null;
  return ends(side, (columns, low) => {
    answers ??= Uint8Array.from({ length: 65_536 }, (_, value) => (test(value) ? 1 : 0));
    const table = answers;
    const ports = low ? columns.lowPort : columns.highPort;
    const { hasPorts } = columns;
    return (slot) => hasPorts[slot] === 1 && table[ports[slot]!] === 1;
  });
}

/** Tests the written address of an end; slow (a text for each flow), for words and regular expressions only. */
export function addressText(
  side: Side,
  format: (columns: QueryColumns, low: boolean, slot: number) => string,
  test: (text: string) => boolean,
): SlotFilter {
  return ends(side, (columns, low) => {
    const { used } = columns;
    return (slot) => used[slot] === 1 && test(format(columns, low, slot));
  });
}
