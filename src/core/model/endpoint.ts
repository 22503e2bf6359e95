// One end of a conversation, or the two ends of a tunnel.

/**
 * One end of a conversation.
 *
 * @example
 * ```ts
 * const text = ({ address, port }: Endpoint) => (port === null ? address : `${address}:${port}`);
 * ```
 */
export interface Endpoint {
  /** RFC 5952 for IPv6, dotted for IPv4. */
  readonly address: string;
  /** null where the protocol has no ports (or they were not seen: a later fragment). */
  readonly port: number | null;
}

/**
 * The tunnel that a flow’s packets came in.
 *
 * @example
 * ```ts
 * for (const { tunnel } of monitor.getFlowStats()) if (tunnel) console.log(tunnel.type, tunnel.id, tunnel.source);
 * ```
 */
export interface Tunnel {
  /** The innermost tunnel that was looked into. */
  readonly type: 'VXLAN' | 'Geneve' | 'GTP-U' | 'GRE' | 'IPIP' | '6in4';
  /** VNI, TEID or GRE key; 0 where the tunnel has none. */
  readonly id: number;
  /** Outer address of the sender. */
  readonly source: string;
  /** Outer address of the receiver. */
  readonly destination: string;
}
