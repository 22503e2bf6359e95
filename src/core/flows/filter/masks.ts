// Pieces of a compiled filter: each clears what doesn't match in a mask over all slots, in one tight loop: a million flows take milliseconds.
import type { QueryColumns } from '../columns.generated.js';
import { labelOf } from '../labels.js';
import type { SlotFilter } from '../query.js';
import type { Field } from '../schema/schema.js';
import type { Network } from './addresses.js';

export type Side = 'either' | 'source' | 'destination' | 'both';

export function not(filter: SlotFilter): SlotFilter {
  return (columns, context, mask) => {
    const matching = mask.slice();
    filter(columns, context, matching);
    for (let slot = 0; slot < mask.length; slot += 1) mask[slot]! &= matching[slot]! ^ 1;
  };
}

/** Each examines only what those before have left. */
export function all(filters: readonly SlotFilter[]): SlotFilter {
  const [only] = filters;
  if (only && filters.length === 1) return only;
  return (columns, context, mask) => {
    for (const filter of filters) filter(columns, context, mask);
  };
}

/** Each examines only what none before has matched. */
export function any(filters: readonly SlotFilter[]): SlotFilter {
  const [only] = filters;
  if (only && filters.length === 1) return only;
  return (columns, context, mask) => {
    const left = mask.slice();
    mask.fill(0);
    const matching = new Uint8Array(mask.length);
    for (const filter of filters) {
      matching.set(left);
      filter(columns, context, matching);
      for (let slot = 0; slot < mask.length; slot += 1) {
        const taken = matching[slot]!;
        mask[slot]! |= taken;
        left[slot]! ^= taken;
      }
    }
  };
}

/** Compares what `read` gives for each slot. */
export function number(read: Field['read'], test: (value: number) => boolean): SlotFilter {
  return (columns, context, mask) => {
    const value = read(columns, context);
    for (let slot = 0; slot < mask.length; slot += 1) {
      if (mask[slot] && !test(value(slot))) mask[slot] = 0;
    }
  };
}

/** Codes below this are kept in an array: all but interface indexes of machines that made many interfaces. */
const SMALL_CODES = 4096;
const YES = 2;
const NO = 1;

/** Tests the label of each distinct code once. */
export function label(field: Field, test: (label: string) => boolean): SlotFilter {
  return (columns, context, mask) => {
    const code = field.read(columns, context);
    const small = new Uint8Array(SMALL_CODES);
    const large = new Map<number, number>();
    const textOf = labelOf(field, context);
    const ask = (value: number): number => {
      const text = textOf?.(value) ?? '';
      return text !== '' && test(text) ? YES : NO;
    };
    for (let slot = 0; slot < mask.length; slot += 1) {
      if (!mask[slot]) continue;
      const value = code(slot);
      let answer: number;
      if (value >= 0 && value < SMALL_CODES) {
        answer = small[value]!;
        if (answer === 0) {
          answer = ask(value);
          small[value] = answer;
        }
      } else {
        answer = large.get(value) ?? ask(value);
        large.set(value, answer);
      }
      if (answer === NO) mask[slot] = 0;
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
      if (!mask[slot]) continue;
      let matches: boolean;
      if (side === 'either') matches = low(slot) || high(slot);
      else if (side === 'both') matches = low(slot) && high(slot);
      else matches = (sourceIsLow[slot] === 1) === (side === 'source') ? low(slot) : high(slot);
      if (!matches) mask[slot] = 0;
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
