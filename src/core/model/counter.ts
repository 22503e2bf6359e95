// Packets and bytes, as on the wire: the pair that every total is made of.

/** Cumulative since start unless a field says otherwise; whole numbers, exact up to 2^53. */
export interface Counter {
  readonly packets: number;
  readonly bytes: number;
}

export interface DirectionalCounter {
  readonly received: Counter;
  readonly sent: Counter;
}

export const zeroCounter: Counter = { packets: 0, bytes: 0 };
