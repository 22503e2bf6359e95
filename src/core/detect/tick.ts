// One tick as all rules see it: the touched flows, who sent and received in each, and indices that are computed once for all.

import type { Fact } from '../model/fact.js';
import type { FlowColumns } from '../model/flow-columns.js';
import { payloadClass } from '../wire/layout.generated.js';
import { addressText } from './address.js';
import { Attempts } from './attempts.js';
import type { DetectionInput } from './contract.js';
import type { DnsMessage } from './dns-message.js';
import { parseDns } from './dns-message.js';
import { HostIndex } from './host-index.js';
import { tunnelText } from './names.js';

export interface DnsFact {
  readonly fact: Fact;
  readonly message: DnsMessage;
}

export class Tick {
  input!: DetectionInput;
  flows!: FlowColumns;
  nowUs = 0;
  /** Length of the tick, never 0. */
  seconds = 1;
  /** Microseconds since 1970 of the first tick: some rules are silent while old connections are still unknown. */
  startUs = 0;
  readonly hosts = new HostIndex();
  readonly attempts = new Attempts();
  /** By position in `flows.touched`: who began, and the other, as indices into `hosts`. */
  sourceHost = new Int32Array(1024);
  destinationHost = new Int32Array(1024);
  #dns: DnsFact[] | null = null;

  begin(input: DetectionInput): void {
    this.input = input;
    this.flows = input.flows;
    if (this.startUs === 0) this.startUs = input.nowUs;
    this.nowUs = input.nowUs;
    this.seconds = input.intervalSeconds > 0 ? input.intervalSeconds : 1;
    this.#dns = null;
    this.hosts.clear();
    this.#indexHosts();
    this.attempts.collect(this);
  }

  #indexHosts(): void {
    const { touched, touchedCount, sourceIsLow, lowAddress, highAddress } = this.flows;
    if (this.sourceHost.length < touchedCount) {
      const capacity = Math.max(touchedCount, this.sourceHost.length * 2);
      this.sourceHost = new Int32Array(capacity);
      this.destinationHost = new Int32Array(capacity);
    }
    this.hosts.reserve(touchedCount);
    for (let i = 0; i < touchedCount; i += 1) {
      const slot = touched[i]!;
      const low = this.hosts.intern(lowAddress, slot * 16);
      const high = this.hosts.intern(highAddress, slot * 16);
      this.sourceHost[i] = sourceIsLow[slot] ? low : high;
      this.destinationHost[i] = sourceIsLow[slot] ? high : low;
    }
  }

  /** The source address of a flow, as text: for alerts only. */
  sourceText(slot: number): string {
    const { sourceIsLow, lowAddress, highAddress } = this.flows;
    return addressText(sourceIsLow[slot] ? lowAddress : highAddress, slot * 16);
  }

  destinationText(slot: number): string {
    const { sourceIsLow, lowAddress, highAddress } = this.flows;
    return addressText(sourceIsLow[slot] ? highAddress : lowAddress, slot * 16);
  }

  sourcePort(slot: number): number {
    const { sourceIsLow, lowPort, highPort } = this.flows;
    return sourceIsLow[slot] ? lowPort[slot]! : highPort[slot]!;
  }

  destinationPort(slot: number): number {
    const { sourceIsLow, lowPort, highPort } = this.flows;
    return sourceIsLow[slot] ? highPort[slot]! : lowPort[slot]!;
  }

  /** TCP flags ever seen from the source, and from the destination. */
  sourceFlags(slot: number): number {
    const seen = this.flows.seen[slot]!;
    return this.flows.sourceIsLow[slot] ? seen & 0xff : (seen >>> 8) & 0xff;
  }

  destinationFlags(slot: number): number {
    const seen = this.flows.seen[slot]!;
    return this.flows.sourceIsLow[slot] ? (seen >>> 8) & 0xff : seen & 0xff;
  }

  forwardPackets(slot: number): number {
    const { sourceIsLow, lowToHighPackets, highToLowPackets } = this.flows;
    return sourceIsLow[slot] ? lowToHighPackets[slot]! : highToLowPackets[slot]!;
  }

  reversePackets(slot: number): number {
    const { sourceIsLow, lowToHighPackets, highToLowPackets } = this.flows;
    return sourceIsLow[slot] ? highToLowPackets[slot]! : lowToHighPackets[slot]!;
  }

  forwardBytes(slot: number): number {
    const { sourceIsLow, lowToHighBytes, highToLowBytes } = this.flows;
    return sourceIsLow[slot] ? lowToHighBytes[slot]! : highToLowBytes[slot]!;
  }

  reverseBytes(slot: number): number {
    const { sourceIsLow, lowToHighBytes, highToLowBytes } = this.flows;
    return sourceIsLow[slot] ? highToLowBytes[slot]! : lowToHighBytes[slot]!;
  }

  deltaForwardPackets(slot: number): number {
    const { sourceIsLow, deltaLowToHighPackets, deltaHighToLowPackets } = this.flows;
    return sourceIsLow[slot] ? deltaLowToHighPackets[slot]! : deltaHighToLowPackets[slot]!;
  }

  deltaReversePackets(slot: number): number {
    const { sourceIsLow, deltaLowToHighPackets, deltaHighToLowPackets } = this.flows;
    return sourceIsLow[slot] ? deltaHighToLowPackets[slot]! : deltaLowToHighPackets[slot]!;
  }

  /** SYNs that the source sent in this tick. */
  deltaSourceSyn(slot: number): number {
    return this.flows.deltaSyn[slot * 2 + (this.flows.sourceIsLow[slot] ? 0 : 1)]!;
  }

  /** Of a flow; for −1 (no flow: a sample of what the table refused) the first interface of the tick. */
  interfaceName(slot: number): string {
    return slot < 0
      ? this.anyInterface
      : this.input.interfaceName(this.flows.interfaceIndex[slot]!);
  }

  get anyInterface(): string {
    const { flows, input } = this;
    if (flows.touchedCount > 0) return this.interfaceName(flows.touched[0]!);
    return input.facts[0]?.interface ?? input.protocols[0]?.interface ?? '';
  }

  whereaboutsOrNone(slot: number): Record<string, unknown> {
    return slot < 0 ? {} : this.whereabouts(slot);
  }

  /** `{ inside: "VXLAN 42" }` for a flow in a tunnel, `{ vlan: [100] }` in VLANs: what evidence says beside the figures. */
  whereabouts(slot: number): Record<string, unknown> {
    const { tunnelType, tunnelId, vlan } = this.flows;
    const where: Record<string, unknown> = {};
    if (tunnelType[slot]) where['inside'] = tunnelText(tunnelType[slot]!, tunnelId[slot]!);
    const width = vlan.length / this.flows.used.length;
    const tags: number[] = [];
    for (let i = 0; i < width; i += 1) {
      const tag = vlan[slot * width + i]!;
      if (tag !== 0xffff) tags.push(tag);
    }
    if (tags.length > 0) where['vlan'] = tags;
    return where;
  }

  /** This tick's DNS messages, parsed once for all rules. */
  get dns(): readonly DnsFact[] {
    if (this.#dns) return this.#dns;
    this.#dns = [];
    for (const fact of this.input.facts) {
      if (fact.type !== 'payload' || fact.reason !== payloadClass.dns) continue;
      const message = parseDns(fact.payload);
      if (message) this.#dns.push({ fact, message });
    }
    return this.#dns;
  }
}
