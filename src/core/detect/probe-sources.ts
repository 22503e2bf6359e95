// Who tried what in vain: for each source the ports tried on a host and the hosts tried on a port. Scans and sweeps of TCP and
// UDP are read off it. A record begins with the first failure, so honest sources cost nothing.
import type { KernelEvent } from '../model/kernel-event.js';
import { neighbourhoodKey } from './address.js';
import { Outcome } from './attempts.js';
import { ACK, FIN, RST, TCP } from './protocol-numbers.js';
import type { Tick } from './tick.js';
import { RecencyTable, type Releasable, RollingSet, Sample, type StateLedger } from './windows.js';

/** Sources with failures, remembered at once. */
const SOURCES_CAP = 8192;
/** Hosts of one source, and ports of one source: more than that is a scan long since. */
const TARGETS_CAP = 256;
const PORTS_CAP = 64;
const ELEMENTS_CAP = 4096;
/** Katran's rule: with more failing sources than that in a tick, one failure of a stranger makes no record. */
const STRANGERS_PER_TICK = 2000;

export interface ProbeWindows {
  readonly windowUs: number;
  readonly slowWindowUs: number;
}

/** Ports tried on one host, or hosts tried on one port. */
export class ProbeSet implements Releasable {
  readonly failed: RollingSet;
  readonly completed: RollingSet;
  readonly slowFailed: RollingSet;
  /** For hosts on one port: distinct neighbourhoods (a /24, a /64). */
  readonly neighbourhoods: RollingSet;
  readonly examples = new Sample();
  firstUs: number;
  lastUs: number;
  /** Open ports that were reset before the handshake's end, and completed ones that were closed without a word. */
  halfOpen = 0;
  bareConnects = 0;
  attempts = 0;

  constructor(
    readonly label: string,
    readonly slot: number,
    nowUs: number,
    windows: ProbeWindows,
    ledger: StateLedger,
  ) {
    this.firstUs = nowUs;
    this.lastUs = nowUs;
    this.failed = new RollingSet(windows.windowUs, ELEMENTS_CAP, ledger);
    this.completed = new RollingSet(windows.windowUs, ELEMENTS_CAP, ledger);
    this.slowFailed = new RollingSet(windows.slowWindowUs, 64, ledger);
    this.neighbourhoods = new RollingSet(windows.windowUs, 1024, ledger);
  }

  release(): void {
    this.failed.release();
    this.completed.release();
    this.slowFailed.release();
    this.neighbourhoods.release();
  }
}

export class ProbeSource implements Releasable {
  readonly targets: RecencyTable<number, ProbeSet>;
  readonly ports: RecencyTable<number, ProbeSet>;
  lastTickUs = 0;

  constructor(
    readonly text: string,
    readonly isHome: boolean,
    ledger: StateLedger,
  ) {
    const release = (set: ProbeSet): void => set.release();
    this.targets = new RecencyTable(null, TARGETS_CAP, ledger, release);
    this.ports = new RecencyTable(null, PORTS_CAP, ledger, release);
  }

  release(): void {
    for (const set of this.targets.values()) set.release();
    for (const set of this.ports.values()) set.release();
  }
}

export class ProbeSources {
  readonly sources: RecencyTable<number, ProbeSource>;
  /** Those with a failure in this tick. */
  readonly active: ProbeSource[] = [];
  #failures = new Int32Array(1024);

  constructor(
    name: string,
    private readonly protocol: number,
    private readonly windows: ProbeWindows,
    private readonly ledger: StateLedger,
    /** Ports on which silence means nothing. */
    private readonly ignore: (tick: Tick, slot: number) => boolean = () => false,
    private readonly isHome: (bytes: Uint8Array, offset: number) => boolean = () => true,
  ) {
    this.sources = new RecencyTable(`${name}: sources`, SOURCES_CAP, ledger, (source) =>
      source.release(),
    );
  }

  collect(tick: Tick): void {
    this.#collectAttempts(tick);
    for (const one of this.#refused) {
      this.#failBy(tick, one.source, one.destination, one.port, one.timeUs);
    }
    this.#refused = [];
  }

  /** An attempt that the full flow table had no room for, reported by a kernel event before its tick. */
  refuse(tick: Tick, kernelEvent: KernelEvent): void {
    this.#refused.push({
      source: tick.hosts.intern(kernelEvent.sourceAddress, 0),
      destination: tick.hosts.intern(kernelEvent.destinationAddress, 0),
      port: kernelEvent.destinationPort,
      timeUs: kernelEvent.timeUs,
    });
  }

  #refused: { source: number; destination: number; port: number; timeUs: number }[] = [];

  #collectAttempts(tick: Tick): void {
    this.active.length = 0;
    const { attempts, hosts } = tick;
    if (this.#failures.length < hosts.count) this.#failures = new Int32Array(hosts.count * 2);
    else this.#failures.fill(0, 0, hosts.count);
    let failingSources = 0;
    const { protocol } = tick.flows;
    for (let i = 0; i < attempts.count; i += 1) {
      if (protocol[attempts.slots[i]!] !== this.protocol) continue;
      if (attempts.outcomes[i] === Outcome.completed || attempts.outcomes[i] === Outcome.down)
        continue;
      if (this.#failures[attempts.sources[i]!]!++ === 0) failingSources += 1;
    }
    const crowded = failingSources > STRANGERS_PER_TICK;
    for (let i = 0; i < attempts.count; i += 1) {
      const slot = attempts.slots[i]!;
      if (protocol[slot] !== this.protocol) continue;
      const source = attempts.sources[i]!;
      const key = hosts.key(source);
      if (attempts.outcomes[i] === Outcome.completed) {
        // Most sources have never failed: nothing to do for them.
        if (this.sources.size > 0) this.#complete(tick, i, key);
      } else if (
        attempts.outcomes[i] !== Outcome.down &&
        (!crowded || this.#failures[source]! > 1 || this.sources.has(key))
      ) {
        if (!this.ignore(tick, slot)) this.#fail(tick, i, key);
      }
    }
  }

  /** A failure that didn't come by a flow of ours (a sample of what found no room in the table). */
  #failBy(
    tick: Tick,
    sourceHost: number,
    destinationHost: number,
    port: number,
    timeUs: number,
  ): void {
    const source = this.#source(tick, sourceHost, tick.hosts.key(sourceHost));
    this.#addFailure(tick, source, destinationHost, port, -1, timeUs);
  }

  #source(tick: Tick, host: number, key: number): ProbeSource {
    const source = this.sources.getOrCreate(
      key,
      () =>
        new ProbeSource(
          tick.hosts.text(host),
          this.isHome(tick.hosts.bytes, host * 16),
          this.ledger,
        ),
    );
    if (source.lastTickUs !== tick.nowUs) {
      source.lastTickUs = tick.nowUs;
      this.active.push(source);
    }
    return source;
  }

  #fail(tick: Tick, attempt: number, key: number): void {
    const { attempts } = tick;
    const slot = attempts.slots[attempt]!;
    const source = this.#source(tick, attempts.sources[attempt]!, key);
    const sets = this.#addFailure(
      tick,
      source,
      attempts.destinations[attempt]!,
      tick.destinationPort(slot),
      slot,
      tick.flows.lastSeenUs[slot]!,
    );
    if (attempts.outcomes[attempt] === Outcome.halfOpen) {
      sets.target.halfOpen += 1;
      sets.port.halfOpen += 1;
    }
  }

  #addFailure(
    tick: Tick,
    source: ProbeSource,
    destination: number,
    port: number,
    slot: number,
    timeUs: number,
  ): { target: ProbeSet; port: ProbeSet } {
    const { hosts } = tick;
    const destinationKey = hosts.key(destination);
    // The same ends used again after a long time: a new attempt, though the flow is an old one.
    const begunUs = slot >= 0 ? tick.flows.firstSeenUs[slot]! : timeUs;
    const startUs = timeUs - begunUs > this.windows.windowUs ? timeUs : begunUs;
    const target = source.targets.getOrCreate(
      destinationKey,
      () => new ProbeSet(hosts.text(destination), slot, startUs, this.windows, this.ledger),
    );
    if (target.failed.size(tick.nowUs) === 0) target.firstUs = startUs;
    target.failed.add(port, tick.nowUs);
    target.slowFailed.add(port, tick.nowUs);
    target.lastUs = Math.max(target.lastUs, timeUs);
    target.attempts += 1;
    const onPort = source.ports.getOrCreate(
      port,
      () => new ProbeSet(String(port), slot, startUs, this.windows, this.ledger),
    );
    if (onPort.failed.size(tick.nowUs) === 0) onPort.firstUs = startUs;
    if (onPort.failed.add(destinationKey, tick.nowUs)) onPort.examples.add(hosts.text(destination));
    onPort.slowFailed.add(destinationKey, tick.nowUs);
    onPort.neighbourhoods.add(neighbourhoodKey(hosts.bytes, destination * 16), tick.nowUs);
    onPort.lastUs = Math.max(onPort.lastUs, timeUs);
    onPort.attempts += 1;
    return { target, port: onPort };
  }

  #complete(tick: Tick, attempt: number, key: number): void {
    const source = this.sources.peek(key);
    if (!source) return;
    const { attempts, hosts } = tick;
    const slot = attempts.slots[attempt]!;
    const port = tick.destinationPort(slot);
    const destinationKey = hosts.key(attempts.destinations[attempt]!);
    const target = source.targets.peek(destinationKey);
    if (target) {
      target.completed.add(port, tick.nowUs);
      target.failed.delete(port);
      target.slowFailed.delete(port);
      if (this.protocol === TCP && isBareConnect(tick, slot)) target.bareConnects += 1;
    }
    const onPort = source.ports.peek(port);
    if (onPort) {
      onPort.completed.add(destinationKey, tick.nowUs);
      onPort.failed.delete(destinationKey);
      onPort.slowFailed.delete(destinationKey);
    }
  }
}

/** Connected and at once closed by the client, which said nothing: how a connect scan finds an open port. */
function isBareConnect(tick: Tick, slot: number): boolean {
  const flags = tick.sourceFlags(slot);
  return (flags & ACK) !== 0 && (flags & (RST | FIN)) !== 0 && tick.forwardPackets(slot) <= 4;
}
