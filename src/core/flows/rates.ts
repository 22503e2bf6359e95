// Rates of a flow: over the last interval in a tick, over the run in a summary.
import type { RowColumns } from './columns.generated.js';
import type { FieldContext } from './field-context.js';
import { highToLowIsReceived, lowToHighIsReceived } from './received.js';

/** The columns that rates are computed from. */
export type RateColumns = Pick<
  RowColumns,
  | 'deltaHighToLowBytes'
  | 'deltaHighToLowPackets'
  | 'deltaLowToHighBytes'
  | 'deltaLowToHighPackets'
  | 'deltaSeen'
  | 'highToLowBytes'
  | 'highToLowPackets'
  | 'lowToHighBytes'
  | 'lowToHighPackets'
  | 'receivedBytes'
>;

/**
 * Packets and bytes of the span that rates are over, and that span's length. A class, not closures: those that a tick makes are other functions
 * than the last tick's, and what was compiled to call them is thrown away.
 */
export class Rates {
  readonly seconds: number;
  readonly #lowToHighPackets: Float64Array;
  readonly #highToLowPackets: Float64Array;
  readonly #lowToHighBytes: Float64Array;
  readonly #highToLowBytes: Float64Array;
  readonly #seen: Uint32Array;
  /** Known for the run; of an interval only by the directions that were seen. */
  readonly #receivedBytes: Float64Array | null;

  constructor(
    columns: RateColumns,
    {
      final,
      elapsedSeconds,
      intervalSeconds,
    }: Pick<FieldContext, 'final' | 'elapsedSeconds' | 'intervalSeconds'>,
  ) {
    this.seconds = final ? elapsedSeconds : intervalSeconds;
    this.#lowToHighPackets = final ? columns.lowToHighPackets : columns.deltaLowToHighPackets;
    this.#highToLowPackets = final ? columns.highToLowPackets : columns.deltaHighToLowPackets;
    this.#lowToHighBytes = final ? columns.lowToHighBytes : columns.deltaLowToHighBytes;
    this.#highToLowBytes = final ? columns.highToLowBytes : columns.deltaHighToLowBytes;
    this.#seen = columns.deltaSeen;
    this.#receivedBytes = final ? columns.receivedBytes : null;
  }

  packets(slot: number): number {
    return this.#lowToHighPackets[slot]! + this.#highToLowPackets[slot]!;
  }

  bytes(slot: number): number {
    return this.#lowToHighBytes[slot]! + this.#highToLowBytes[slot]!;
  }

  receivedBytes(slot: number): number {
    if (this.#receivedBytes) return this.#receivedBytes[slot]!;
    const seen = this.#seen[slot]!;
    return (
      (lowToHighIsReceived(seen) ? this.#lowToHighBytes[slot]! : 0) +
      (highToLowIsReceived(seen) ? this.#highToLowBytes[slot]! : 0)
    );
  }

  sentBytes(slot: number): number {
    return this.bytes(slot) - this.receivedBytes(slot);
  }
}

/** 0 where no time has passed: a first tick, a capture of one packet. */
export function perSecond(amount: number, seconds: number): number {
  return seconds > 0 ? amount / seconds : 0;
}
