// Events of a user's rings, decoded as they come and kept until somebody reads them: bounded, and what finds no room is counted.
import { BtfError } from '../btf/btf-error.js';
import type { Moment } from '../model/clock.js';
import type { CustomEvent } from '../model/custom.js';
import type { NativeMap } from '../native/contract.js';
import { eventRecords } from './event-records.js';
import { hex, type TypeCodec } from './map-codec.js';

/** Cap on events that wait for the next report: a line each, and more of them a second can't be read. */
const eventsMax = 1000;

export type EventListener = (event: CustomEvent) => void;

interface Subscribed {
  readonly ring: NativeMap;
  readonly receive: (buffer: ArrayBuffer, lost: number) => void;
}

export class EventQueue {
  readonly #rings = new Map<string, Subscribed>();
  #waiting: CustomEvent[] = [];
  #refused = 0;
  #lostByRingsBefore = 0;
  readonly #lostByRing = new Map<string, number>();
  readonly #now: () => Moment;
  listener: EventListener | null = null;

  constructor(now: () => Moment) {
    this.#now = now;
  }

  /** Receives from a ring until the map is closed. `type` 0: the object names no type, events are hex. */
  subscribe(name: string, ring: NativeMap, codec: TypeCodec, type: number): void {
    const receive = (buffer: ArrayBuffer, lost: number) => {
      this.#lostByRing.set(name, lost);
      const { timeUs, wallUs } = this.#now();
      for (const bytes of eventRecords(buffer)) {
        this.#take({ timeUs, wallUs, event: name, data: decodeEvent(codec, type, bytes) });
      }
    };
    ring.onEvents(receive);
    this.#rings.set(name, { ring, receive });
  }

  /** Ends a ring, or all: pending events are delivered now. */
  finish(name?: string): void {
    for (const [one, { ring, receive }] of [...this.#rings]) {
      if (name !== undefined && one !== name) continue;
      this.#rings.delete(one);
      const { events, lost } = ring.takeEvents();
      receive(events, lost);
      this.#lostByRing.delete(one);
      this.#lostByRingsBefore += lost;
    }
  }

  #take(event: CustomEvent): void {
    if (this.#waiting.length < eventsMax) this.#waiting.push(event);
    else this.#refused++;
    this.listener?.(event);
  }

  /** Events since the last call. */
  take(): readonly CustomEvent[] {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }

  /** Cumulative: refused here, and by the queue between the ring and us. */
  get lost(): number {
    return (
      this.#refused +
      this.#lostByRingsBefore +
      [...this.#lostByRing.values()].reduce((sum, one) => sum + one, 0)
    );
  }
}

/** A program may submit less than its type: such an event is reported as bytes. */
function decodeEvent(codec: TypeCodec, type: number, bytes: Uint8Array): CustomEvent['data'] {
  try {
    return codec.decode(type, bytes);
  } catch (error) {
    if (error instanceof BtfError) return hex(bytes);
    throw error;
  }
}
