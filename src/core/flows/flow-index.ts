// Fingerprint → slot: open addressing with linear probing, at most half full. Deletion shifts back, so there are no tombstones.

const EMPTY = 0;

/**
 * Pairs of words: slot + 1 and the fingerprint's upper half, which spares a look at the columns for nearly every miss. The home of an
 * entry is the fingerprint's lower half (the kernel keys it with a secret, so an attacker can't choose collisions). Never the upper
 * bits, by which a drain is ordered: a growing index that is filled from one end probes for ever.
 */
export class FlowIndex {
  pairs: Uint32Array;
  mask: number;

  constructor(readonly capacity: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(capacity, 8) * 2));
    this.pairs = new Uint32Array(size * 2);
    this.mask = size - 1;
  }

  /** The caller knows that it isn't there yet. */
  insert(fingerprintLow: number, fingerprintHigh: number, slot: number): void {
    const { pairs, mask } = this;
    let position = fingerprintLow & mask;
    while (pairs[position * 2] !== EMPTY) position = (position + 1) & mask;
    pairs[position * 2] = slot + 1;
    pairs[position * 2 + 1] = fingerprintHigh;
  }

  remove(slot: number, fingerprintLowOfSlot: Uint32Array): void {
    const { pairs, mask } = this;
    let hole = fingerprintLowOfSlot[slot]! & mask;
    while (pairs[hole * 2] !== slot + 1) {
      if (pairs[hole * 2] === EMPTY) return;
      hole = (hole + 1) & mask;
    }
    let next = (hole + 1) & mask;
    while (pairs[next * 2] !== EMPTY) {
      const home = fingerprintLowOfSlot[pairs[next * 2]! - 1]! & mask;
      // An entry may move into the hole unless its home lies (cyclically) behind the hole.
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        pairs[hole * 2] = pairs[next * 2]!;
        pairs[hole * 2 + 1] = pairs[next * 2 + 1]!;
        hole = next;
      }
      next = (next + 1) & mask;
    }
    pairs[hole * 2] = EMPTY;
    pairs[hole * 2 + 1] = 0;
  }
}
