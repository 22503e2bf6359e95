// What a connection that stays open is waiting for: its request's end, its reader, or nothing bad.
import type { HttpMessage } from '../protocols/http.js';
import type { Tick } from './tick.js';

export const httpPorts: ReadonlySet<number> = new Set([
  80, 443, 3000, 5000, 8000, 8008, 8080, 8081, 8443, 8888, 9090,
]);

/** Frames without payload: Ethernet, IPv6, TCP with options, and two tags; where the stack's own length isn't known. */
const BARE_FRAME_BYTES = 98;
/** SYN and SYN-ACK have more options than other packets. */
const HANDSHAKE_BYTES = 20;
/** A server that greets says less; "100 Continue" is no answer either. */
const GREETING_BYTES = 100;
const CONTINUE_BYTES = 30;
/** Readers of that many bytes a second are slow lines, no attack. */
const READ_PER_SECOND = 1000;
/** A few bytes now and then keep the server's patience. */
const FED_PER_SECOND = 100;
const FEEDS = 2;

/** What both sides of a connection have said so far. */
export interface HttpExchange extends HttpMessage {
  /** Whatever the protocol: the client has said something, and then the server has. */
  hasSpoken: boolean;
  isAnswered: boolean;
}

export interface HeldConnection {
  readonly slot: number;
  readonly id: number;
  readonly promisedBytes: number;
  /** Payload of client and server when last looked at; −1: never. */
  sent: number;
  said: number;
  sinceUs: number;
  /** How often the client sent a little, and nothing came back. */
  feeds: number;
}

export type HeldState = 'unfinished' | 'unread' | 'fed' | 'waiting' | 'at work';

/** `header`: bytes of a frame without payload, 0: not known. */
export function stateOf(
  tick: Tick,
  held: HeldConnection,
  header: number,
  isHttp: boolean,
): HeldState {
  const { slot } = held;
  const bare = header || BARE_FRAME_BYTES;
  const said = tick.reverseBytes(slot) - tick.reversePackets(slot) * bare - HANDSHAKE_BYTES;
  if (held.promisedBytes > 0) return readState(tick, held, said, header);
  if (said <= (isHttp ? CONTINUE_BYTES : GREETING_BYTES)) return 'unfinished';
  return isHttp && header > 0 ? fedState(tick, held, said, header) : 'at work';
}

function readState(tick: Tick, held: HeldConnection, said: number, header: number): HeldState {
  const seconds = Math.max(1, (tick.nowUs - tick.flows.firstSeenUs[held.slot]!) / 1e6);
  const isSlow = header > 0 && said < held.promisedBytes && said < READ_PER_SECOND * seconds;
  return isSlow ? 'unread' : 'at work';
}

function fedState(tick: Tick, held: HeldConnection, said: number, header: number): HeldState {
  const { slot } = held;
  const sent = tick.forwardBytes(slot) - tick.forwardPackets(slot) * header;
  if (held.said < 0) {
    held.said = said;
    held.sent = sent;
    held.sinceUs = tick.nowUs;
    return 'waiting';
  }
  if (said > held.said) return 'at work';
  const seconds = Math.max(1, (tick.nowUs - held.sinceUs) / 1e6);
  if (tick.flows.lastSeenUs[slot]! > tick.nowUs - tick.seconds * 1e6 && sent > held.sent) {
    held.feeds += 1;
    if (sent - held.sent > FED_PER_SECOND * seconds) return 'at work';
  }
  return held.feeds >= FEEDS ? 'fed' : 'waiting';
}
