// First bytes of TCP connections, as messages: segments that straddle one are joined, each message is handed out once.
import type { KernelEvent } from '../model/kernel-event.js';
import { isHttpHead, isWholeMessage } from '../protocols/message-end.js';
import { MESSAGE_BYTES_MAX, SegmentRun, sequenceDistance } from '../protocols/segment-run.js';

import { addressKey, mixKey } from './address.js';
import { connectionKey } from './connection.js';
import { JoinedKernelEvent } from './joined-kernel-event.js';
import { RecencyTable, type StateLedger } from './windows.js';

/** Connections whose first bytes come in at once, with those of the last while: two small objects each. */
const CONNECTIONS_CAP = 8192;
/** Unfinished messages at once: up to 2 KB each. */
const HELD_CAP = 2048;
/** Joined messages that are kept so that segments of theirs that come once more are known: 1 MB. */
const KEPT_CAP = 512;
/** A sender that pauses so long has nothing to add: a prompt, or the beginning of a slow request. */
const PAUSE_US = 250_000;
/** One that never pauses and never ends is read as far as it has come. */
const LONGEST_WAIT_US = 5e6;

interface Held {
  readonly run: SegmentRun;
  readonly first: KernelEvent;
  /** The segment that came last: what a joined kernel event says besides its payload. */
  last: KernelEvent;
  readonly firstUs: number;
  lastUs: number;
}

interface Direction {
  held: Held | null;
  /** Of the message handed out last: a retransmission of it is not handed out again. */
  sequence: number;
  /** As captured, and in all. */
  length: number;
  total: number;
  hash: number;
  /** Its bytes, if they were joined; as long as there is room. */
  bytes: Uint8Array | null;
  /** It was a head of HTTP: what follows is its body. */
  isHead: boolean;
}

interface Connection {
  /** Of the side that was heard first. */
  readonly port: number;
  readonly address: number;
  readonly directions: readonly [Direction, Direction];
}

export type HandOut = (message: KernelEvent) => void;

export class FirstMessages {
  readonly #connections: RecencyTable<number, Connection>;
  readonly #held = new Set<Direction>();
  readonly #kept = new Set<Direction>();
  readonly #ledger: StateLedger;
  #handOut: HandOut = () => {};

  constructor(ledger: StateLedger) {
    this.#ledger = ledger;
    // What is held of those that are forgotten is handed out.
    this.#connections = new RecencyTable(null, CONNECTIONS_CAP, ledger, ({ directions }) => {
      for (const direction of directions) this.#release(direction);
    });
  }

  /** Takes a segment of TCP; calls back at once, later or never, in the order of each direction. */
  take(segment: KernelEvent, handOut: HandOut): void {
    this.#handOut = handOut;
    const connection = this.#connection(segment);
    const isFirstSide =
      segment.sourcePort === connection.port &&
      addressKey(segment.addressBytes, segment.sourceAddressAt) === connection.address;
    const [one, other] = connection.directions;
    const direction = isFirstSide ? one : other;
    // Whoever answers has read it: a prompt, a line without an end.
    this.#release(isFirstSide ? other : one);
    if (direction.held && this.#join(direction, direction.held, segment)) return;
    this.#begin(direction, segment);
  }

  /** Hands out what is waited for in vain; all of it at the end of the run. */
  endTick(nowUs: number, isLast: boolean, handOut: HandOut): void {
    this.#handOut = handOut;
    for (const direction of this.#held) {
      const { firstUs, lastUs } = direction.held!;
      if (isLast || nowUs - lastUs >= PAUSE_US || nowUs - firstUs >= LONGEST_WAIT_US)
        this.#release(direction);
    }
  }

  /** Whether the segment has found its place in what is held. */
  #join(direction: Direction, held: Held, segment: KernelEvent): boolean {
    const joined = held.run.add(segment.tcpSequence, segment.payload);
    if (joined === 'apart') {
      this.#release(direction);
      return false;
    }
    if (joined === 'joined') {
      held.last = segment;
      held.lastUs = segment.timeUs;
      const isCut = segment.payloadLength < segment.packetPayloadLength;
      if (held.run.isFull || isCut || isWholeMessage(held.run.head)) this.#release(direction);
    }
    return true;
  }

  #begin(direction: Direction, segment: KernelEvent): void {
    const { payload, tcpSequence } = segment;
    if (payload.length === 0) return;
    const distance = sequenceDistance(direction.sequence + direction.total, tcpSequence);
    if (direction.length > 0 && isRepeated(direction, segment)) return;
    const isCut = payload.length < segment.packetPayloadLength;
    const isBody = direction.isHead && distance === 0 && !isHttpHead(payload);
    const isGap = direction.length > 0 && distance > 0 && distance < MESSAGE_BYTES_MAX;
    if (
      isCut ||
      isBody ||
      payload.length >= MESSAGE_BYTES_MAX ||
      (!isGap && isWholeMessage(payload))
    ) {
      this.#remember(direction, tcpSequence, payload, segment.packetPayloadLength, isBody);
      this.#handOut(segment);
      return;
    }
    if (this.#held.size >= HELD_CAP) {
      this.#ledger.forget('first bytes: unfinished messages');
      for (const oldest of this.#held) {
        this.#release(oldest);
        break;
      }
    }
    direction.held = {
      run: new SegmentRun(tcpSequence, payload),
      first: segment,
      last: segment,
      firstUs: segment.timeUs,
      lastUs: segment.timeUs,
    };
    this.#held.add(direction);
  }

  #release(direction: Direction): void {
    const { held } = direction;
    if (!held) return;
    direction.held = null;
    this.#held.delete(direction);
    const { head, sequence } = held.run;
    const isOne = held.first === held.last;
    const cut = held.last.packetPayloadLength - held.last.payloadLength;
    this.#remember(direction, sequence, head, head.length + cut, false);
    if (!isOne) this.#keep(direction, head);
    this.#handOut(
      isOne ? held.first : new JoinedKernelEvent(held.last, sequence, head, head.length + cut),
    );
    for (const { sequence: start, bytes } of held.run.rest()) {
      this.#remember(direction, start, bytes, bytes.length, false);
      this.#handOut(new JoinedKernelEvent(held.last, start, bytes, bytes.length));
    }
  }

  #keep(direction: Direction, bytes: Uint8Array): void {
    if (this.#kept.size >= KEPT_CAP) {
      for (const oldest of this.#kept) {
        oldest.bytes = null;
        this.#kept.delete(oldest);
        break;
      }
    }
    direction.bytes = bytes;
    this.#kept.add(direction);
  }

  #remember(
    direction: Direction,
    sequence: number,
    bytes: Uint8Array,
    total: number,
    isBody: boolean,
  ): void {
    direction.sequence = sequence;
    direction.length = bytes.length;
    direction.total = total;
    direction.bytes = null;
    this.#kept.delete(direction);
    direction.hash = bytesHash(bytes);
    direction.isHead = isBody || isHttpHead(bytes);
  }

  #connection(segment: KernelEvent): Connection {
    const key = mixKey(connectionKey(segment), segment.interfaceIndex);
    // Those that began longest ago make room: after a while nothing comes of them any more.
    const known = this.#connections.peek(key);
    if (known) return known;
    return this.#connections.getOrCreate(key, () => ({
      port: segment.sourcePort,
      address: addressKey(segment.addressBytes, segment.sourceAddressAt),
      directions: [newDirection(), newDirection()],
    }));
  }
}

const newDirection = (): Direction => ({
  held: null,
  sequence: 0,
  length: 0,
  total: 0,
  hash: 0,
  bytes: null,
  isHead: false,
});

function isRepeated(direction: Direction, { tcpSequence, payload }: KernelEvent): boolean {
  const { bytes } = direction;
  const offset = sequenceDistance(direction.sequence, tcpSequence);
  if (bytes && offset >= 0 && offset + payload.length <= bytes.length)
    return payload.every((byte, at) => byte === bytes[offset + at]);
  return (
    tcpSequence === direction.sequence &&
    payload.length === direction.length &&
    bytesHash(payload) === direction.hash
  );
}

function bytesHash(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  const whole = bytes.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    const word =
      bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash = Math.imul(hash ^ word, 0x01000193);
    hash ^= hash >>> 15;
  }
  for (let at = whole; at < bytes.length; at += 1) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash >>> 0;
}
