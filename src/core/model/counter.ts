// Packets and bytes, as on the wire: the pair that every total consists of.

/**
 * Cumulative since start unless a field says otherwise; whole numbers, exact up to 2^53.
 *
 * @example
 * ```ts
 * const { packets, bytes }: Counter = monitor.getPacketStats()!.untracked;
 * ```
 */
export interface Counter {
  /** Frames as on the wire: a large buffer of the kernel counts as the frames that it becomes. */
  readonly packets: number;
  /** From the Ethernet destination to the end of the payload, without FCS, as Wireshark has it. */
  readonly bytes: number;
}

/**
 * By the interface's own direction.
 *
 * @example
 * ```ts
 * const all = ({ received, sent }: DirectionalCounter) => received.bytes + sent.bytes;
 * ```
 */
export interface DirectionalCounter {
  /** What came in on the interface. */
  readonly received: Counter;
  /** What went out. */
  readonly sent: Counter;
}
