// Feeds rules without packets: flows and kernel events are given tick by tick, as the flow table would deliver them.
import type { DetectionInput } from '../../src/core/detect/contract.js';
import { DetectionEngine } from '../../src/core/detect/engine.js';
import type { RuleDefinition } from '../../src/core/detect/rule.js';
import { DetectionSettings, type DetectionSettingsData } from '../../src/core/detect/settings.js';
import { MutableFlowColumns } from '../../src/core/flows/columns.generated.js';
import { parseAddress } from '../../src/core/format/parse-address.js';
import type { Alert } from '../../src/core/model/alert.js';
import type { KernelEvent } from '../../src/core/model/kernel-event.js';

const flagBits = { F: 0x01, S: 0x02, R: 0x04, P: 0x08, A: 0x10, U: 0x20 } as const;

/** "SA" → SYN and ACK. */
function flagsOf(text: string): number {
  return [...text].reduce(
    (sum, letter) => sum | (flagBits[letter as keyof typeof flagBits] ?? 0),
    0,
  );
}

export interface FlowInput {
  readonly from: string;
  readonly to: string;
  readonly protocol?: number;
  readonly sourcePort?: number;
  readonly port?: number;
  /** Flags of each packet of the source in this tick, e.g. ['S', 'A', 'PA']. */
  readonly sent?: readonly string[];
  readonly answered?: readonly string[];
  /** Mean frame length. */
  readonly bytes?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly arp?: boolean;
  readonly tunnel?: { readonly type: number; readonly id: number };
  readonly vlan?: readonly number[];
  readonly fragments?: number;
  /** Seconds since the previous tick; default half of the tick. */
  readonly at?: number;
}

const START_US = 1_700_000_000e6;

export class DetectionScenario {
  readonly engine: DetectionEngine;
  readonly alerts: Alert[] = [];
  nowUs = START_US;
  #columns = new MutableFlowColumns(1 << 15, null);
  readonly #touched = new Set<number>();
  #slots = new Map<string, number>();
  #kernelEvents: KernelEvent[] = [];
  #fragments = 0;
  /** Next sequence number by sender and receiver: payload follows earlier payload, unless a test sets it. */
  readonly #sequences = new Map<string, number>();

  constructor(rules: readonly RuleDefinition[], settings: Partial<DetectionSettingsData> = {}) {
    this.engine = new DetectionEngine(rules, new DetectionSettings(settings));
  }

  /** Adds to the flow of these endpoints in this tick; returns its slot. */
  flow(input: FlowInput): number {
    const protocol = input.arp ? 0 : (input.protocol ?? 6);
    const sourcePort = input.sourcePort ?? 40_000;
    const port = input.port ?? 0;
    const key = `${protocol} ${input.from} ${sourcePort} ${input.to} ${port}`;
    const columns = this.#columns;
    const timeUs = this.nowUs + (input.at ?? 0.5) * 1e6;
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = this.#begin(input, protocol, sourcePort, port, timeUs);
      this.#slots.set(key, slot);
    }
    if (!this.#touched.has(slot)) {
      this.#touched.add(slot);
      columns.touched[columns.touchedCount++] = slot;
    }
    columns.lastSeenUs[slot] = Math.max(columns.lastSeenUs[slot]!, timeUs);
    columns.fragments[slot]! += input.fragments ?? 0;
    const length = input.bytes ?? 60;
    // The source is the low endpoint in every flow made here.
    this.#packets(slot, 0, input.sent ?? [], length);
    this.#packets(slot, 1, input.answered ?? [], length);
    return slot;
  }

  #begin(
    input: FlowInput,
    protocol: number,
    sourcePort: number,
    port: number,
    timeUs: number,
  ): number {
    const columns = this.#columns;
    const slot = columns.highWater++;
    columns.count += 1;
    columns.used[slot] = 1;
    columns.isNew[slot] = 1;
    columns.id[slot] = slot + 1;
    columns.lowAddress.set(parseAddress(input.from)!, slot * 16);
    columns.highAddress.set(parseAddress(input.to)!, slot * 16);
    columns.lowPort[slot] = [6, 17, 132].includes(protocol) ? sourcePort : 0;
    columns.highPort[slot] = port;
    columns.hasPorts[slot] = [6, 17, 132].includes(protocol) ? 1 : 0;
    columns.protocol[slot] = protocol;
    columns.family[slot] = input.arp ? 1 : input.from.includes(':') ? 6 : 4;
    columns.interfaceIndex[slot] = 1;
    columns.icmpType[slot] = input.icmpType ?? 0;
    columns.icmpCode[slot] = input.icmpCode ?? 0;
    columns.sourceIsLow[slot] = 1;
    columns.tunnelType[slot] = input.tunnel?.type ?? 0;
    columns.tunnelId[slot] = input.tunnel?.id ?? 0;
    columns.vlan.fill(0xffff, slot * 4, slot * 4 + 4);
    columns.vlan.set(input.vlan ?? [], slot * 4);
    columns.firstSeenUs[slot] = timeUs;
    return slot;
  }

  #packets(slot: number, direction: 0 | 1, packets: readonly string[], length: number): void {
    const columns = this.#columns;
    const low = direction === 0;
    const counts = low ? columns.lowToHighPackets : columns.highToLowPackets;
    const bytes = low ? columns.lowToHighBytes : columns.highToLowBytes;
    const deltaCounts = low ? columns.deltaLowToHighPackets : columns.deltaHighToLowPackets;
    const deltaBytes = low ? columns.deltaLowToHighBytes : columns.deltaHighToLowBytes;
    const side = slot * 2 + direction;
    for (const text of packets) {
      counts[slot]! += 1;
      deltaCounts[slot]! += 1;
      bytes[slot]! += length;
      deltaBytes[slot]! += length;
      if (columns.protocol[slot] !== 6) continue;
      const flags = flagsOf(text);
      columns.seen[slot]! |= flags << (direction * 8);
      columns.deltaSeen[slot]! |= flags << (direction * 8);
      const isSyn = (flags & flagBits.S) !== 0;
      const isAck = (flags & flagBits.A) !== 0;
      for (const [cumulative, delta, counted] of [
        [columns.syn, columns.deltaSyn, isSyn && !isAck],
        [columns.synAck, columns.deltaSynAck, isSyn && isAck],
        [columns.fin, columns.deltaFin, (flags & flagBits.F) !== 0],
        [columns.rst, columns.deltaRst, (flags & flagBits.R) !== 0],
      ] as const) {
        if (!counted) continue;
        cumulative[side]! += 1;
        delta[side]! += 1;
      }
    }
  }

  kernelEvent(
    kernelEvent: Partial<
      Omit<
        KernelEvent,
        'sourceAddress' | 'destinationAddress' | 'addressBytes' | 'payloadLength' | 'payloadByte'
      >
    > & {
      from: string;
      to: string;
    },
  ): void {
    const { from, to, ...rest } = kernelEvent;
    const addressBytes = new Uint8Array([...parseAddress(from)!, ...parseAddress(to)!]);
    if (rest.type === 'fragment') this.#fragments += 1;
    const ends = `${from} ${rest.sourcePort ?? 0} ${to} ${rest.destinationPort ?? 0}`;
    const tcpSequence = this.#sequences.get(ends) ?? 1000;
    this.#sequences.set(
      ends,
      tcpSequence + (rest.packetPayloadLength ?? rest.payload?.length ?? 0),
    );
    this.#kernelEvents.push({
      type: 'payload',
      timeUs: this.nowUs + 0.5e6,
      interfaceIndex: 1,
      interface: 'lab0',
      sourcePort: 0,
      destinationPort: 0,
      protocol: 6,
      family: 4,
      received: true,
      reason: 0,
      tcpFlags: 0,
      timeToLive: 64,
      tcpSequence,
      tunnelType: 0,
      tunnelId: 0,
      vlan: [],
      frameLength: 60,
      packetPayloadLength: rest.payload?.length ?? 0,
      fragmentOffset: 0,
      moreFragments: false,
      ipIdentification: 0,
      sourceMac: new Uint8Array(6),
      destinationMac: new Uint8Array(6),
      payload: new Uint8Array(0),
      ...rest,
      payloadLength: rest.payload?.length ?? 0,
      payloadByte: (index) => rest.payload?.[index] ?? -1,
      addressBytes,
      sourceAddressAt: 0,
      destinationAddressAt: 16,
      sourceAddress: addressBytes.subarray(0, 16),
      destinationAddress: addressBytes.subarray(16),
    });
  }

  /** Ends the tick; returns its alert lines. */
  tick(seconds = 1): readonly Alert[] {
    this.nowUs += seconds * 1e6;
    const lines = this.engine.tick(this.#input(seconds));
    this.alerts.push(...lines);
    this.#clear();
    return lines;
  }

  end(): readonly Alert[] {
    const lines = this.engine.end(this.nowUs);
    this.alerts.push(...lines);
    return lines;
  }

  /** Kind and severity of each alert, once. */
  get kinds(): string[] {
    return [
      ...new Map(
        this.alerts.map((alert) => [alert.id, `${alert.kind} ${alert.severity}`]),
      ).values(),
    ];
  }

  find(kind: string): Alert | undefined {
    return this.alerts.findLast((alert) => alert.kind === kind);
  }

  #input(seconds: number): DetectionInput {
    return {
      nowUs: this.nowUs,
      intervalSeconds: seconds,
      flows: this.#columns,
      kernelEvents: this.#kernelEvents,
      protocols: [],
      fragments: { packets: this.#fragments, bytes: 0 },
      interfaceName: () => 'lab0',
      label: () => 'lab0',
    };
  }

  #clear(): void {
    const columns = this.#columns;
    this.#kernelEvents = [];
    this.#fragments = 0;
    for (const slot of columns.touched.subarray(0, columns.touchedCount)) {
      columns.isNew[slot] = 0;
      columns.deltaSeen[slot] = 0;
      columns.deltaLowToHighPackets[slot] = 0;
      columns.deltaHighToLowPackets[slot] = 0;
      columns.deltaLowToHighBytes[slot] = 0;
      columns.deltaHighToLowBytes[slot] = 0;
      for (const side of [slot * 2, slot * 2 + 1]) {
        columns.deltaSyn[side] = 0;
        columns.deltaSynAck[side] = 0;
        columns.deltaFin[side] = 0;
        columns.deltaRst[side] = 0;
      }
    }
    columns.touchedCount = 0;
    this.#touched.clear();
  }
}

export const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
