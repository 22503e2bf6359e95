// BPF objects with faults: structural bytes changed, pieces copied, cut or zeroed; deterministic by seed.
import { Random } from './random.js';

/** Boundary values for lengths, counts and indexes. */
const boundaryValues: readonly number[] = [
  ...[0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff],
  ...[0x10000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff],
];

/** `focus`: ranges of the file where most changes go, e.g. its tables. */
export function mutated(
  object: Uint8Array,
  seed: number,
  focus: readonly (readonly [start: number, length: number])[],
): Uint8Array {
  const random = new Random(seed);
  const below = (limit: number) => random.below(Math.max(1, limit));
  let bytes = object.slice();
  const place = (): number => {
    const [start, length] = focus[below(focus.length)] ?? [0, bytes.length];
    return random.next() < 0.8 ? start + below(length) : below(bytes.length);
  };
  for (let change = 1 + below(4); change > 0; change -= 1) {
    const at = Math.min(place(), bytes.length - 8);
    const view = new DataView(bytes.buffer);
    const value = random.pick([...boundaryValues, below(2 ** 32)]);
    switch (below(8)) {
      case 0:
        bytes[at] = below(256);
        break;
      case 1:
        bytes[at]! ^= 1 << below(8);
        break;
      case 2:
        view.setUint16(at & ~1, value & 0xffff, true);
        break;
      case 3:
      case 4:
        view.setUint32(at & ~3, value, true);
        break;
      case 5:
        view.setBigUint64(at & ~7, BigInt(value) << BigInt(below(33)), true);
        break;
      case 6:
        bytes.copyWithin(at, place(), place());
        break;
      default:
        if (random.next() < 0.2) bytes = bytes.slice(0, Math.max(64, below(bytes.length)));
        else bytes.fill(0, at, at + below(64));
    }
  }
  return bytes;
}

/** The section table and every non-code section of a valid ELF64 file. */
export function structureOf(object: Uint8Array): (readonly [number, number])[] {
  const view = new DataView(object.buffer, object.byteOffset, object.byteLength);
  const number = (at: number) => Number(view.getBigUint64(at, true));
  const [table, count] = [number(40), view.getUint16(60, true)];
  const ranges: (readonly [number, number])[] = [
    [0, 64],
    [table, count * 64],
  ];
  for (let section = 1; section < count; section += 1) {
    const at = table + section * 64;
    const [code, empty] = [(number(at + 8) & 4) !== 0, view.getUint32(at + 4, true) === 8];
    if (!code && !empty) ranges.push([number(at + 24), number(at + 32)]);
  }
  return ranges;
}
