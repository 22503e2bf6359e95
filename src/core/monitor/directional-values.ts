// Four numbers in a row: packets and bytes, received and sent, as wire/counters.ts reads them.
import type { DirectionalCounter } from '../model/counter.js';
import { VALUES_A_ROW } from '../wire/counters.js';

/** Received packets, sent packets, received bytes, sent bytes. */
export type Values = Float64Array;

export function counterOf(values: Values, at = 0): DirectionalCounter {
  return {
    received: { packets: values[at]!, bytes: values[at + 2]! },
    sent: { packets: values[at + 1]!, bytes: values[at + 3]! },
  };
}

export function addValues(into: Values, values: Values): void {
  for (let i = 0; i < VALUES_A_ROW; i += 1) into[i]! += values[i]!;
}

export const newValues = (): Values => new Float64Array(VALUES_A_ROW);
export const packetsOf = (values: Values): number => values[0]! + values[1]!;
export const bytesOf = (values: Values): number => values[2]! + values[3]!;
