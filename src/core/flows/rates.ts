// Rates of a flow: over the last interval in a tick, over the run in a summary.
import { highToLowIsReceived, lowToHighIsReceived } from './accumulate.js';
import type { FieldContext, QueryColumns, RateReader } from './field-context.js';

/** The columns that rates are made of. */
export type RateColumns = Pick<
  QueryColumns,
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

// Classes, not closures: those that a tick makes are other functions than the last tick's, and what was compiled to call them is thrown away.

class IntervalRates implements RateReader {
  readonly #columns: RateColumns;
  readonly seconds: number;

  constructor(columns: RateColumns, seconds: number) {
    this.#columns = columns;
    this.seconds = seconds;
  }

  packets(slot: number): number {
    const { deltaLowToHighPackets, deltaHighToLowPackets } = this.#columns;
    return deltaLowToHighPackets[slot]! + deltaHighToLowPackets[slot]!;
  }

  bytes(slot: number): number {
    const { deltaLowToHighBytes, deltaHighToLowBytes } = this.#columns;
    return deltaLowToHighBytes[slot]! + deltaHighToLowBytes[slot]!;
  }

  receivedBytes(slot: number): number {
    const { deltaSeen, deltaLowToHighBytes, deltaHighToLowBytes } = this.#columns;
    return (
      (lowToHighIsReceived(deltaSeen[slot]!) ? deltaLowToHighBytes[slot]! : 0) +
      (highToLowIsReceived(deltaSeen[slot]!) ? deltaHighToLowBytes[slot]! : 0)
    );
  }
}

class RunRates implements RateReader {
  readonly #columns: RateColumns;
  readonly seconds: number;

  constructor(columns: RateColumns, seconds: number) {
    this.#columns = columns;
    this.seconds = seconds;
  }

  packets(slot: number): number {
    return this.#columns.lowToHighPackets[slot]! + this.#columns.highToLowPackets[slot]!;
  }

  bytes(slot: number): number {
    return this.#columns.lowToHighBytes[slot]! + this.#columns.highToLowBytes[slot]!;
  }

  receivedBytes(slot: number): number {
    return this.#columns.receivedBytes[slot]!;
  }
}

export function rateReader(columns: RateColumns, context: FieldContext): RateReader {
  return context.final
    ? new RunRates(columns, context.elapsedSeconds)
    : new IntervalRates(columns, context.intervalSeconds);
}

/** 0 where no time has passed: a first tick, a capture of one packet. */
export function perSecond(amount: number, seconds: number): number {
  return seconds > 0 ? amount / seconds : 0;
}
