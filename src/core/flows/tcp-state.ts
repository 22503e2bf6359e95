// The state of a TCP conversation, from which flags each side has sent since the connection began.
import type { TcpState } from '../model/flow.js';

export const tcpStates: readonly TcpState[] = [
  'unknown',
  'syn_sent',
  'syn_received',
  'established',
  'closing',
  'closed',
  'reset',
];

const UNKNOWN = 0;
const SYN_SENT = 1;
const SYN_RECEIVED = 2;
const ESTABLISHED = 3;
const CLOSING = 4;
const CLOSED = 5;
const RESET = 6;

const FIN_FLAG = 0x01;
const SYN_FLAG = 0x02;
const RST_FLAG = 0x04;
const ACK_FLAG = 0x10;

/** Closed or reset: such a flow is removed after a tenth of the timeout, and a new SYN begins a new connection. */
export function isOver(state: number): boolean {
  return state === CLOSED || state === RESET;
}

/** A SYN in this state belongs to a new connection on the same ports: flags of the old one are forgotten. */
export function startsNewConnection(state: number): boolean {
  return state === CLOSED || state === RESET || state === CLOSING;
}

/** `opener` and `answerer`: OR of the TCP flags of either side. The order within a tick isn't known, so only the set counts. */
export function tcpStateOf(opener: number, answerer: number): number {
  const both = opener & answerer;
  const either = opener | answerer;
  if (either & RST_FLAG) return both & FIN_FLAG ? CLOSED : RESET;
  if (both & FIN_FLAG) return CLOSED;
  if (either & FIN_FLAG) return CLOSING;
  if (answerer & SYN_FLAG) return opener & ACK_FLAG ? ESTABLISHED : SYN_RECEIVED;
  if (both & ACK_FLAG) return ESTABLISHED;
  return opener & SYN_FLAG ? SYN_SENT : UNKNOWN;
}
