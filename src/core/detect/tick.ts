// One tick as all rules see it: the touched flows, who sent and received in each, and indices that are computed once for all.

import type { KernelEvent } from '../model/kernel-event.js';
import type { DnsMessage } from '../protocols/dns.js';
import { parseDns } from '../protocols/dns.js';
import { payloadClass } from '../wire/layout.generated.js';
import { Attempts } from './attempts.js';
import type { DetectionInput } from './contract.js';
import { tunnelText } from './names.js';
import { TickFlows } from './tick-flows.js';

export interface DnsKernelEvent {
  readonly kernelEvent: KernelEvent;
  readonly message: DnsMessage;
}

export class Tick extends TickFlows {
  input!: DetectionInput;
  nowUs = 0;
  /** Length of the tick, never 0. */
  seconds = 1;
  /** Microseconds since 1970 of the first tick: some rules are silent while old connections are still unknown. */
  startUs = 0;
  readonly attempts = new Attempts();
  #dns: DnsKernelEvent[] | null = null;

  begin(input: DetectionInput): void {
    this.input = input;
    if (this.startUs === 0) this.startUs = input.nowUs;
    this.nowUs = input.nowUs;
    this.seconds = input.intervalSeconds > 0 ? input.intervalSeconds : 1;
    this.#dns = null;
    this.show(input.flows);
    this.attempts.collect(this);
  }

  /** Of a flow; for a slot that is free again, or −1 (a sample of what the table refused), the first interface of the tick. */
  interfaceName(slot: number): string {
    const { used, interfaceIndex } = this.flows;
    if (!used[slot]) return this.anyInterface;
    return this.input.interfaceName(interfaceIndex[slot]!);
  }

  get anyInterface(): string {
    const { flows, input } = this;
    if (flows.touchedCount > 0) return this.interfaceName(flows.touched[0]!);
    return input.kernelEvents[0]?.interface ?? input.protocols[0]?.interface ?? '';
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
  get dns(): readonly DnsKernelEvent[] {
    if (this.#dns) return this.#dns;
    this.#dns = [];
    for (const kernelEvent of this.input.kernelEvents) {
      if (kernelEvent.type !== 'payload' || kernelEvent.reason !== payloadClass.dns) continue;
      const message = parseDns(kernelEvent.payload);
      if (message) this.#dns.push({ kernelEvent, message });
    }
    return this.#dns;
  }
}
