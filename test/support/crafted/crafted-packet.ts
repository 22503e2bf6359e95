// A crafted packet with its expected interpretation: a reference for the parser, independent of it.

export interface ExpectedFlow {
  /** The name in contract.md. */
  readonly protocol: string;
  /** Sender and receiver of this packet: "address" or "address port". */
  readonly from: string;
  readonly to: string;
  /** VLAN ids, outermost first. */
  readonly vlan?: readonly number[];
  readonly tunnel?: { readonly type: string; readonly id: number };
}

export interface Expectation {
  /** The protocol that the frame counts as. */
  readonly protocol: string;
  /** Encapsulations, each as often as it is counted. */
  readonly encapsulations?: readonly string[];
  /** null: the frame has no flow. */
  readonly flow: ExpectedFlow | null;
  readonly fragment?: boolean;
  /** camelCase name of the reason. */
  readonly malformed?: string;
}

export interface CraftedPacket {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Length on the wire; default: the number of bytes. */
  readonly originalLength?: number;
  /** LINKTYPE_ number; default Ethernet. */
  readonly linkType?: number;
  readonly expect: Expectation;
}

/** A frame without a flow. */
export function counted(
  name: string,
  bytes: Uint8Array,
  protocol: string,
  encapsulations: string[] = [],
): CraftedPacket {
  return { name, bytes, expect: { protocol, encapsulations, flow: null } };
}

export interface FlowDetails {
  readonly encapsulations?: readonly string[];
  readonly vlan?: readonly number[];
  readonly tunnel?: { readonly type: string; readonly id: number };
  readonly fragment?: boolean;
  readonly originalLength?: number;
  readonly linkType?: number;
  /** The flow's protocol, if the frame itself counts as an inner one. */
  readonly flowProtocol?: string;
}

/** A frame of the flow `from` → `to`. */
export function flowing(
  name: string,
  bytes: Uint8Array,
  protocol: string,
  [from, to]: readonly [string, string],
  details: FlowDetails = {},
): CraftedPacket {
  const { vlan, tunnel, encapsulations, fragment, originalLength, linkType } = details;
  return {
    name,
    bytes,
    ...(originalLength !== undefined && { originalLength }),
    ...(linkType !== undefined && { linkType }),
    expect: {
      protocol,
      encapsulations: encapsulations ?? [],
      ...(fragment && { fragment }),
      flow: {
        protocol: details.flowProtocol ?? protocol,
        from,
        to,
        ...(vlan && { vlan }),
        ...(tunnel && { tunnel }),
      },
    },
  };
}

/**
 * A malformed frame. With a whole IP header it belongs to a flow of these hosts; the ports and protocol of that flow
 * are unspecified.
 */
export function lying(
  name: string,
  bytes: Uint8Array,
  reason: string,
  hosts: readonly [string, string] | null = null,
  linkType = 1,
): CraftedPacket {
  const flow = hosts && { protocol: 'malformed', from: hosts[0], to: hosts[1] };
  return { name, bytes, linkType, expect: { protocol: 'malformed', malformed: reason, flow } };
}

export const endpoints4 = (from: number, to: number): [string, string] => [
  `10.0.0.1 ${from}`,
  `10.0.0.2 ${to}`,
];
export const endpoints6 = (from: number, to: number): [string, string] => [
  `2001:db8::1 ${from}`,
  `2001:db8::2 ${to}`,
];
export const hosts4: [string, string] = ['10.0.0.1', '10.0.0.2'];
export const hosts6: [string, string] = ['2001:db8::1', '2001:db8::2'];
