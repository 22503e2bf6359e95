// Connection attempts and how they ended: the common ground of scans, sweeps and floods. An attempt is decided when it is
// answered, or after a whole further tick of silence.
import { isGroupAddress, mixKey, pairKey } from './address.js';
import { KnownServices } from './known-services.js';
import { ACK, RST, SYN, TCP, UDP } from './protocol-numbers.js';
import type { TickFlows } from './tick-flows.js';

export enum Outcome {
  /** A handshake was completed, or a UDP request answered. */
  completed = 1,
  /** RST, or half open: the client reset or never acknowledged an open port. */
  refused = 2,
  halfOpen = 3,
  silent = 4,
  /** In vain, but the same host has used this very service before: it is down. */
  down = 5,
}

/** A flood is no reason to look back: neither of connections nor of failures. */
const LOOKED_UP_MAX = 4096;

/** Waiting attempts: two full flow tables. A refused one is decided as silent at once, and counted. */
const PENDING_CAP = 131_072;

export class Attempts {
  /** Decided in this tick: slot, outcome, and the two hosts of the tick's index. */
  count = 0;
  slots = new Uint32Array(1024);
  outcomes = new Uint8Array(1024);
  sources = new Int32Array(1024);
  destinations = new Int32Array(1024);
  overflow = 0;
  readonly #known = new KnownServices();

  #pendingSlots = new Uint32Array(1024);
  #pendingIds = new Float64Array(1024);
  #pendingCount = 0;
  #nextSlots = new Uint32Array(1024);
  #nextIds = new Float64Array(1024);

  collect(tick: TickFlows): void {
    this.count = 0;
    this.#decidePending(tick);
    const { touched, touchedCount, protocol } = tick.flows;
    for (let i = 0; i < touchedCount; i += 1) {
      const slot = touched[i]!;
      const kind = protocol[slot]!;
      if (kind === TCP) {
        if (tick.deltaSourceSyn(slot) === 0) {
          const hidden = hiddenSynOutcome(tick, slot);
          if (hidden) this.#decideTouched(tick, i, hidden);
          continue;
        }
        const outcome = tcpOutcome(tick, slot);
        if (outcome) this.#decideTouched(tick, i, outcome);
        else this.#wait(tick, slot);
      } else if (kind === UDP && tick.flows.isNew[slot]) {
        if (tick.forwardPackets(slot) === 0) continue;
        const { sourceIsLow, lowAddress, highAddress } = tick.flows;
        if (isGroupAddress(sourceIsLow[slot] ? highAddress : lowAddress, slot * 16)) continue;
        if (tick.reversePackets(slot) > 0) this.#decideTouched(tick, i, Outcome.completed);
        else this.#wait(tick, slot);
      }
    }
  }

  #decidePending(tick: TickFlows): void {
    const slots = this.#pendingSlots;
    const ids = this.#pendingIds;
    const count = this.#pendingCount;
    this.#pendingSlots = this.#nextSlots;
    this.#pendingIds = this.#nextIds;
    this.#nextSlots = slots;
    this.#nextIds = ids;
    this.#pendingCount = 0;
    const { used, id, protocol } = tick.flows;
    for (let i = 0; i < count; i += 1) {
      const slot = slots[i]!;
      if (!used[slot] || id[slot] !== ids[i]) continue;
      if (protocol[slot] === TCP)
        this.#decide(tick, slot, tcpOutcome(tick, slot) || lateOutcome(tick, slot));
      else
        this.#decide(
          tick,
          slot,
          tick.reversePackets(slot) > 0 ? Outcome.completed : Outcome.silent,
        );
    }
  }

  #wait(tick: TickFlows, slot: number): void {
    if (this.#pendingCount >= PENDING_CAP) {
      this.overflow += 1;
      this.#decide(tick, slot, Outcome.silent);
      return;
    }
    if (this.#pendingCount === this.#pendingSlots.length) {
      this.#pendingSlots = grown(this.#pendingSlots, Uint32Array);
      this.#pendingIds = grown(this.#pendingIds, Float64Array);
    }
    this.#pendingSlots[this.#pendingCount] = slot;
    this.#pendingIds[this.#pendingCount] = tick.flows.id[slot]!;
    this.#pendingCount += 1;
  }

  #decide(tick: TickFlows, slot: number, outcome: Outcome): void {
    const { sourceIsLow, lowAddress, highAddress } = tick.flows;
    const low = tick.hosts.intern(lowAddress, slot * 16);
    const high = tick.hosts.intern(highAddress, slot * 16);
    const [source, destination] = sourceIsLow[slot] ? [low, high] : [high, low];
    this.#add(tick, slot, outcome, source, destination);
  }

  /** Of a flow with packets in this tick, whose hosts are in the index already. */
  #decideTouched(tick: TickFlows, position: number, outcome: Outcome): void {
    const slot = tick.flows.touched[position]!;
    this.#add(tick, slot, outcome, tick.sourceHost[position]!, tick.destinationHost[position]!);
  }

  #add(tick: TickFlows, slot: number, outcome: Outcome, source: number, destination: number): void {
    if (this.count === this.slots.length) {
      this.slots = grown(this.slots, Uint32Array);
      this.outcomes = grown(this.outcomes, Uint8Array);
      this.sources = grown(this.sources, Int32Array);
      this.destinations = grown(this.destinations, Int32Array);
    }
    this.slots[this.count] = slot;
    this.outcomes[this.count] =
      this.count < LOOKED_UP_MAX
        ? this.#compare(tick, slot, outcome, source, destination)
        : outcome;
    this.sources[this.count] = source;
    this.destinations[this.count] = destination;
    this.count += 1;
  }

  #compare(
    tick: TickFlows,
    slot: number,
    outcome: Outcome,
    source: number,
    destination: number,
  ): Outcome {
    const pair = pairKey(tick.hosts.key(source), tick.hosts.key(destination));
    const key = mixKey(pair, tick.destinationPort(slot) * 256 + tick.flows.protocol[slot]!);
    if (outcome === Outcome.completed) this.#known.add(key);
    // Half open is no service that is down, but a client that breaks off.
    const isVain = outcome === Outcome.refused || outcome === Outcome.silent;
    return isVain && this.#known.has(key) ? Outcome.down : outcome;
  }
}

/** 0: not decided yet. */
function tcpOutcome(tick: TickFlows, slot: number): Outcome | 0 {
  const forward = tick.sourceFlags(slot);
  const reverse = tick.destinationFlags(slot);
  if (reverse & SYN) {
    if (forward & ACK) return Outcome.completed;
    return forward & RST ? Outcome.halfOpen : 0;
  }
  if (reverse & RST) return Outcome.refused;
  // Only one side is seen (asymmetric mirror): a client that goes on has been answered.
  return forward & ACK && !(forward & RST) ? Outcome.completed : 0;
}

/** A SYN cut into fragments so small that its flags aren't in the first one: the answer shows what it was. */
function hiddenSynOutcome(tick: TickFlows, slot: number): Outcome | 0 {
  if (tick.flows.fragments[slot] === 0 || !tick.flows.isNew[slot] || tick.sourceFlags(slot) !== 0)
    return 0;
  const reverse = tick.destinationFlags(slot);
  if (reverse & SYN) return Outcome.halfOpen;
  return reverse & RST ? Outcome.refused : 0;
}

function lateOutcome(tick: TickFlows, slot: number): Outcome {
  return tick.destinationFlags(slot) & SYN ? Outcome.halfOpen : Outcome.silent;
}

function grown<T extends Uint32Array | Uint8Array | Int32Array | Float64Array>(
  array: T,
  Type: new (length: number) => T,
): T {
  const larger = new Type(array.length * 2);
  larger.set(array);
  return larger;
}
