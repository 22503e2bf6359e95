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

export function rateReader(columns: RateColumns, context: FieldContext): RateReader {
  if (context.final) {
    const { lowToHighPackets, highToLowPackets, lowToHighBytes, highToLowBytes } = columns;
    return {
      seconds: context.elapsedSeconds,
      packets: (slot) => lowToHighPackets[slot]! + highToLowPackets[slot]!,
      bytes: (slot) => lowToHighBytes[slot]! + highToLowBytes[slot]!,
      receivedBytes: (slot) => columns.receivedBytes[slot]!,
    };
  }
  const { deltaLowToHighPackets, deltaHighToLowPackets, deltaSeen } = columns;
  const { deltaLowToHighBytes, deltaHighToLowBytes } = columns;
  return {
    seconds: context.intervalSeconds,
    packets: (slot) => deltaLowToHighPackets[slot]! + deltaHighToLowPackets[slot]!,
    bytes: (slot) => deltaLowToHighBytes[slot]! + deltaHighToLowBytes[slot]!,
    receivedBytes: (slot) =>
      (lowToHighIsReceived(deltaSeen[slot]!) ? deltaLowToHighBytes[slot]! : 0) +
      (highToLowIsReceived(deltaSeen[slot]!) ? deltaHighToLowBytes[slot]! : 0),
  };
}

/** 0 where no time has passed: a first tick, a capture of one packet. */
export function perSecond(amount: number, seconds: number): number {
  return seconds > 0 ? amount / seconds : 0;
}
