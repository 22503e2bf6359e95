// A monitor with synthetic, deterministic traffic behind the real port: for tests and benchmarks of the screen only.

import type { Alert } from '../../src/core/model/alert.js';
import type { ConsumerLosses } from '../../src/core/model/consumer-losses.js';
import type { FlowRow } from '../../src/core/model/flow.js';
import type { FlowGroup } from '../../src/core/model/group.js';
import type {
  FilterError,
  FlowDetail,
  MonitorEvents,
  MonitorPort,
} from '../../src/core/model/monitor-port.js';
import type { InterfaceState, ProtocolTotals, Snapshot } from '../../src/core/model/snapshot.js';
import type { FlowView } from '../../src/core/model/view.js';
import { Random } from './random.js';
import { newRow, simulationStartUs } from './simulated-flows.js';

export { simulationStartUs } from './simulated-flows.js';

export interface SimulationOptions {
  readonly flows: number;
  readonly seed?: number;
  /** Share of the flows that have packets in a tick. */
  readonly active?: number;
  readonly alerts?: readonly Alert[];
  readonly interfaces?: readonly string[];
  /** Microseconds since 1970 of tick 0. */
  readonly startUs?: number;
  readonly untracked?: number;
  readonly eventsLost?: number;
  readonly down?: boolean;
  /** Answers arrive in a later turn of the event loop, like those of a worker thread. */
  readonly slowAnswers?: boolean;
}

interface Simulated {
  row: FlowRow;
  base: number;
}

export class SimulatedMonitor implements MonitorPort {
  consumers: readonly ConsumerLosses[] = [];
  private readonly listeners: { [Name in keyof MonitorEvents]: Set<MonitorEvents[Name]> } = {
    start: new Set(),
    snapshot: new Set(),
    alert: new Set(),
    warning: new Set(),
    custom: new Set(),
    programs: new Set(),
    event: new Set(),
    packet: new Set(),
    interfaces: new Set(),
    error: new Set(),
    end: new Set(),
  };
  private readonly random: Random;
  private readonly flows: Simulated[] = [];
  private view: FlowView = {
    filter: '',
    sort: { field: 'smoothed', descending: true },
    limit: 50,
    offset: 0,
    groupBy: [],
    pinned: [],
  };
  private sequence = 0;
  private totals = { inPackets: 0, inBytes: 0, outPackets: 0, outBytes: 0 };
  private intervalSeconds = 1;
  private readonly names: readonly string[];
  private readonly startUs: number;
  readonly calls: string[] = [];
  alerts: readonly Alert[];

  constructor(private readonly options: SimulationOptions) {
    this.random = new Random(options.seed ?? 1);
    this.names = options.interfaces ?? ['eth0'];
    this.startUs = options.startUs ?? simulationStartUs;
    this.alerts = options.alerts ?? [];
    for (let id = 1; id <= options.flows; id++) {
      const row = newRow(id, this.random, this.random.pick(this.names), this.startUs);
      // Few flows carry most traffic, as on real machines.
      this.flows.push({ row, base: 4e8 / id ** 1.6 + this.random.next() * 4000 });
    }
  }

  on<Name extends keyof MonitorEvents>(name: Name, listener: MonitorEvents[Name]): () => void {
    this.listeners[name].add(listener);
    return () => this.listeners[name].delete(listener);
  }

  emit<Name extends keyof MonitorEvents>(
    name: Name,
    ...values: Parameters<MonitorEvents[Name]>
  ): void {
    for (const listener of this.listeners[name])
      (listener as (...values: Parameters<MonitorEvents[Name]>) => void)(...values);
  }

  get currentView(): FlowView {
    return this.view;
  }

  async setView(view: FlowView): Promise<FilterError | null> {
    if (this.options.slowAnswers) await new Promise((resolve) => setImmediate(resolve));
    return this.applyView(view);
  }

  private applyView(view: FlowView): FilterError | null {
    const wrong = view.filter.indexOf('htps');
    if (wrong >= 0)
      return {
        position: wrong,
        length: 4,
        message: "unknown port or service 'htps'",
        hint: 'did you mean https?',
      };
    this.view = view;
    if (this.sequence > 0) this.emit('snapshot', this.snapshot());
    return null;
  }

  setIntervalSeconds(seconds: number): void {
    this.intervalSeconds = seconds;
    this.calls.push(`interval ${seconds}`);
  }

  flowDetail(id: number): Promise<FlowDetail | null> {
    const found = this.flows.find(({ row }) => row.id === id);
    if (found === undefined) return Promise.resolve(null);
    const wave = (phase: number, rate: number): number[] =>
      Array.from({ length: Math.min(120, 20 + this.sequence) }, (_, at) =>
        Math.round(rate * (1 + 0.6 * Math.sin(at / 4 + phase + id))),
      );
    return Promise.resolve({
      row: found.row,
      forwardHistory: wave(0, found.row.outBitsPerSecond),
      reverseHistory: wave(1, found.row.inBitsPerSecond),
      alerts: [],
    });
  }

  async flowsMatching(filter: string, limit: number): Promise<readonly FlowRow[]> {
    const hosts = [...filter.matchAll(/host (\S+)/g)].map((match) => match[1]);
    return this.flows
      .map(({ row }) => row)
      .filter((row) =>
        hosts.every((host) => row.source.address === host || row.destination.address === host),
      )
      .slice(0, limit);
  }

  measurePrograms(always: boolean): void {
    this.calls.push(`measure ${always}`);
  }

  acknowledgeAlert(id: string): void {
    this.calls.push(`acknowledge ${id}`);
  }

  muteAlert(id: string, untilUs: number): void {
    this.calls.push(`mute ${id} ${untilUs}`);
  }

  stop(): Promise<void> {
    this.emit('end');
    return Promise.resolve();
  }

  forget(id: number): void {
    const at = this.flows.findIndex(({ row }) => row.id === id);
    if (at >= 0) this.flows.splice(at, 1);
  }

  /** Advances by an interval and emits its snapshot. */
  tick(): Snapshot {
    this.sequence++;
    const active = this.options.active ?? 0.35;
    for (const flow of this.flows)
      this.advance(flow, flow.row.id <= 3 || this.random.next() < active);
    const snapshot = this.snapshot();
    this.emit('snapshot', snapshot);
    return snapshot;
  }

  private advance(flow: Simulated, active: boolean): void {
    const { row } = flow;
    const seconds = this.intervalSeconds;
    const bits = active ? Math.round(flow.base * (0.6 + 0.8 * this.random.next())) : 0;
    const inShare = row.forwardDirection === 'in' ? 0.9 : 0.75;
    const inBytes = Math.round((bits * inShare * seconds) / 8);
    const outBytes = Math.round((bits * (1 - inShare) * seconds) / 8);
    const inPackets = Math.ceil(inBytes / 1200);
    const outPackets = Math.ceil(outBytes / 400);
    this.totals.inBytes += inBytes;
    this.totals.outBytes += outBytes;
    this.totals.inPackets += inPackets;
    this.totals.outPackets += outPackets;
    const received = {
      packets: row.received.packets + inPackets,
      bytes: row.received.bytes + inBytes,
    };
    const sent = { packets: row.sent.packets + outPackets, bytes: row.sent.bytes + outBytes };
    const inward = row.forwardDirection === 'in';
    flow.row = {
      ...row,
      received,
      sent,
      forward: inward ? received : sent,
      reverse: inward ? sent : received,
      packetsPerSecond: (inPackets + outPackets) / seconds,
      inBitsPerSecond: (inBytes * 8) / seconds,
      outBitsPerSecond: (outBytes * 8) / seconds,
      bitsPerSecond: ((inBytes + outBytes) * 8) / seconds,
      smoothedBitsPerSecond: row.smoothedBitsPerSecond * 0.7 + bits * 0.3,
      lastSeenUs: active ? this.nowUs : row.lastSeenUs,
    };
  }

  get nowUs(): number {
    return this.startUs + this.sequence * this.intervalSeconds * 1e6;
  }

  private selected(): FlowRow[] {
    const { filter } = this.view;
    const only = /interface = "([^"]+)"/.exec(filter)?.[1];
    const port = /port (\d+)/.exec(filter)?.[1];
    const word = /^[\w.:]+$/.test(filter) ? filter : null;
    return this.flows
      .map(({ row }) => row)
      .filter(
        (row) =>
          (only === undefined || row.interface === only) &&
          (port === undefined ||
            String(row.destination.port) === port ||
            String(row.source.port) === port) &&
          (word === null ||
            `${row.source.address} ${row.destination.address} ${row.protocol}`
              .toLowerCase()
              .includes(word)),
      );
  }

  private sorted(rows: FlowRow[]): FlowRow[] {
    const { field, descending } = this.view.sort;
    const value = (row: FlowRow): number | string => {
      switch (field) {
        case 'in':
          return row.inBitsPerSecond;
        case 'out':
          return row.outBitsPerSecond;
        case 'bytes':
          return row.forward.bytes + row.reverse.bytes;
        case 'packets':
          return row.forward.packets + row.reverse.packets;
        case 'source':
          return row.source.address;
        case 'destination':
          return row.destination.address;
        case 'protocol':
          return row.protocol;
        case 'dport':
          return row.destination.port ?? 0;
        case 'age':
          return this.nowUs - row.firstSeenUs;
        default:
          return row.smoothedBitsPerSecond;
      }
    };
    const sign = descending ? -1 : 1;
    return rows.sort((left, right) => {
      const a = value(left);
      const b = value(right);
      return a < b ? -sign : a > b ? sign : left.id - right.id;
    });
  }

  private groups(rows: readonly FlowRow[]): FlowGroup[] {
    const label = (row: FlowRow, field: string): string => {
      if (field === 'port') return String(row.destination.port ?? '-');
      if (field === 'protocol') return row.protocol;
      if (field === 'destination') return row.destination.address;
      if (field === 'subnet24')
        return `${row.source.address.split('.').slice(0, 3).join('.')}.0/24`;
      return row.source.address;
    };
    const byKey = new Map<string, FlowRow[]>();
    for (const row of rows) {
      const key = this.view.groupBy.map((field) => label(row, field)).join(' ');
      byKey.set(key, [...(byKey.get(key) ?? []), row]);
    }
    const sum = (members: readonly FlowRow[], value: (row: FlowRow) => number): number =>
      members.reduce((total, row) => total + value(row), 0);
    return [...byKey]
      .map(
        ([key, members]): FlowGroup => ({
          key,
          labels: key.split(' '),
          flows: members.length,
          total: {
            packets: sum(members, (row) => row.forward.packets + row.reverse.packets),
            bytes: sum(members, (row) => row.forward.bytes + row.reverse.bytes),
          },
          received: { packets: 0, bytes: sum(members, (row) => row.received.bytes) },
          sent: { packets: 0, bytes: sum(members, (row) => row.sent.bytes) },
          packetsPerSecond: sum(members, (row) => row.packetsPerSecond),
          bitsPerSecond: sum(members, (row) => row.bitsPerSecond),
          inBitsPerSecond: sum(members, (row) => row.inBitsPerSecond),
          outBitsPerSecond: sum(members, (row) => row.outBitsPerSecond),
          smoothedBitsPerSecond: sum(members, (row) => row.smoothedBitsPerSecond),
          firstSeenUs: Math.min(...members.map((row) => row.firstSeenUs)),
          lastSeenUs: Math.max(...members.map((row) => row.lastSeenUs)),
          filter: `host ${key}`,
          members: this.view.openGroups?.includes(key) ? members : [],
        }),
      )
      .sort((left, right) => right.smoothedBitsPerSecond - left.smoothedBitsPerSecond);
  }

  private protocols(): ProtocolTotals[] {
    const byName = new Map<string, ProtocolTotals>();
    for (const { row } of this.flows) {
      const known = byName.get(row.protocol);
      byName.set(row.protocol, {
        protocol: row.protocol,
        received: { packets: 0, bytes: (known?.received.bytes ?? 0) + row.received.bytes },
        sent: { packets: 0, bytes: (known?.sent.bytes ?? 0) + row.sent.bytes },
        packetsPerSecond: (known?.packetsPerSecond ?? 0) + row.packetsPerSecond,
        bitsPerSecond: (known?.bitsPerSecond ?? 0) + row.bitsPerSecond,
      });
    }
    return [...byName.values()].sort((left, right) => right.bitsPerSecond - left.bitsPerSecond);
  }

  private states(): InterfaceState[] {
    return this.names.map((name, index) => ({
      name,
      index: index + 2,
      up: this.options.down !== true,
      ingress: { hook: 'tcx', mode: null, reason: 'veth: native XDP would rebuild its buffers' },
      egress: { hook: 'tcx', mode: null, reason: '' },
    }));
  }

  snapshot(): Snapshot {
    const rows = this.sorted(this.selected());
    const { offset, limit, pinned, groupBy } = this.view;
    const window = rows.slice(offset, offset + limit);
    const extra = rows.filter((row) => pinned.includes(row.id) && !window.includes(row));
    const { totals } = this;
    return {
      sequence: this.sequence,
      timeUs: this.nowUs,
      wallUs: this.nowUs,
      elapsedSeconds: this.sequence * this.intervalSeconds + 273_600,
      intervalSeconds: this.intervalSeconds,
      flows: groupBy.length > 0 ? [] : [...window, ...extra],
      groups: groupBy.length > 0 ? this.groups(rows) : [],
      flowsMatched: rows.length,
      alerts: this.alerts,
      interfaceStates: this.states(),
      warnings: [],
      consumers: this.consumers,
      final: false,
      interfaces: this.names.map((name, index) => ({
        name,
        received:
          index === 0
            ? { packets: totals.inPackets, bytes: totals.inBytes }
            : { packets: 0, bytes: 0 },
        sent:
          index === 0
            ? { packets: totals.outPackets, bytes: totals.outBytes }
            : { packets: 0, bytes: 0 },
      })),
      protocols: this.protocols(),
      encapsulations: [],
      flowsTracked: this.flows.length,
      untracked: {
        packets: this.options.untracked ?? 0,
        bytes: (this.options.untracked ?? 0) * 80,
      },
      untrackedProtocols: {},
      expired: { packets: 0, bytes: 0 },
      malformed: { packets: 0, bytes: 0 },
      malformedReasons: {},
      fragments: { packets: 0, bytes: 0 },
      eventsLost: this.options.eventsLost ?? 0,
      health: {},
      cost: {
        nanosecondsPerPacket: 84,
        cpuShare: 0.011,
        residentBytes: 92e6,
        flowTableFill: 0.02,
        mapBytes: 12e6,
        drainMilliseconds: 0.4,
        tickMilliseconds: 2.1,
      },
    };
  }
}
