// What SSH gives away although it is encrypted: the lengths of its messages tell a refused password from an accepted one (after
// Zeek's SSH analyzer). Counted are refusals of sessions that nobody got into.
import type { Fact } from '../model/fact.js';
import { connectionKey } from './payload-text.js';
import { RecencyTable, type StateLedger } from './windows.js';

/** Sessions that are being logged into, at once. */
const SESSIONS_CAP = 4096;
const GREETING = [0x53, 0x53, 0x48, 0x2d];
/** SSH_MSG_NEWKEYS alone in its packet: the last one in the clear. */
const NEW_KEYS = 21;
const NEW_KEYS_LENGTH = 12;
/** MaxAuthTries is 6: with more equal messages this is a session at work whose beginning was missed. */
const REFUSALS_MAX = 21;
/** Somebody types: each key comes back in a message as long as its own. Below what one session needs for an alert. */
const ECHOES_MAX = 8;
/** Where the kernel tells all small packets of a connection, not only its first eight. */
const followedPorts = new Set([22, 2222]);

export interface SshSession {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
  readonly port: number;
  readonly interface: string;
  readonly firstUs: number;
  lastUs: number;
  isEncrypted: boolean;
  acceptLength: number;
  /** Of what the client said last. */
  askedLength: number;
  /** Answers as long as what was said. */
  echoes: number;
  /** How often the server sent a message of this length since. */
  readonly lengths: Map<number, number>;
  hasSucceeded: boolean;
  /** Refusals already told by `settle`. */
  told: number;
}

export class SshDialogues {
  readonly #sessions: RecencyTable<number, SshSession>;
  #fresh = new Set<SshSession>();
  #waiting = new Set<SshSession>();

  constructor(ledger: StateLedger) {
    // Forgotten are those that have been silent longest: long since in, or gone.
    this.#sessions = new RecencyTable(null, SESSIONS_CAP, ledger);
  }

  /** Takes what one side says. */
  read(fact: Fact): void {
    const { sourcePort, destinationPort, payload } = fact;
    if (!followedPorts.has(sourcePort) && !followedPorts.has(destinationPort)) return;
    const key = connectionKey(fact);
    const session = this.#sessions.get(key);
    if (GREETING.every((byte, i) => payload[i] === byte)) {
      // Both sides greet; a greeting after the keys is a new connection with the same ports.
      if (!session || session.isEncrypted) this.#sessions.set(key, beginSession(fact));
      return;
    }
    if (!session || session.hasSucceeded) return;
    session.lastUs = fact.timeUs;
    if (sourcePort !== session.port) {
      session.isEncrypted ||= isNewKeys(payload);
      session.askedLength = fact.packetPayloadLength;
    } else if (session.isEncrypted) this.#answer(session, fact.packetPayloadLength);
  }

  /**
   * Once a tick: sessions whose refusals have changed, and by how much. A refusal counts when a whole tick has passed without
   * success: keys that an agent offers in vain come milliseconds before the right one. A late success takes them back.
   */
  *settle(): IterableIterator<{ session: SshSession; refusals: number; hasSucceeded: boolean }> {
    for (const session of this.#waiting) {
      const refusals = session.hasSucceeded ? 0 : refusalsOf(session);
      const change = refusals - session.told;
      session.told = refusals;
      if (change !== 0 || session.hasSucceeded)
        yield { session, refusals: change, hasSucceeded: session.hasSucceeded };
    }
    const settled = this.#waiting;
    settled.clear();
    this.#waiting = this.#fresh;
    this.#fresh = settled;
  }

  #answer(session: SshSession, length: number): void {
    if (session.acceptLength === 0) {
      session.acceptLength = length;
      return;
    }
    // "Service accept" carries 17 bytes, a refusal 14 and more (padded alike), "success" one, a key's echo ten.
    if (length < session.acceptLength) session.hasSucceeded = true;
    else {
      const times = (session.lengths.get(length) ?? 0) + 1;
      if (session.lengths.size < 16 || times > 1) session.lengths.set(length, times);
      if (length === session.askedLength) session.echoes += 1;
      if (times > REFUSALS_MAX || session.echoes > ECHOES_MAX) session.hasSucceeded = true;
    }
    this.#fresh.add(session);
  }
}

function beginSession(fact: Fact): SshSession {
  const fromServer = followedPorts.has(fact.sourcePort);
  return {
    // Copies: the fact's own bytes belong to its batch.
    client: (fromServer ? fact.destinationAddress : fact.sourceAddress).slice(),
    server: (fromServer ? fact.sourceAddress : fact.destinationAddress).slice(),
    port: fromServer ? fact.sourcePort : fact.destinationPort,
    interface: fact.interface,
    firstUs: fact.timeUs,
    lastUs: fact.timeUs,
    isEncrypted: false,
    acceptLength: 0,
    askedLength: 0,
    echoes: 0,
    lengths: new Map(),
    hasSucceeded: false,
    told: 0,
  };
}

function isNewKeys(payload: Uint8Array): boolean {
  return (
    payload[0] === 0 &&
    payload[1] === 0 &&
    payload[2] === 0 &&
    payload[3] === NEW_KEYS_LENGTH &&
    payload[5] === NEW_KEYS
  );
}

/** Most clients ask first which methods there are, and that question is refused, too. */
function refusalsOf(session: SshSession): number {
  const most = Math.max(0, ...session.lengths.values());
  return most > 1 ? most - 1 : most;
}
