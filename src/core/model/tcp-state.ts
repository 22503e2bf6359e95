// The states of a TCP conversation that rows name.

/**
 * By the flags that were seen, both directions together.
 *
 * @example
 * ```ts
 * const halfOpen: readonly TcpState[] = ['syn_sent', 'syn_received'];
 * ```
 */
export type TcpState =
  | 'syn_sent'
  | 'syn_received'
  | 'established'
  | 'closing'
  | 'closed'
  | 'reset'
  | 'unknown';
