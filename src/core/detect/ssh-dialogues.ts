// What SSH gives away although it is encrypted: message lengths distinguish a refused password from an accepted one (after
// Zeek's SSH analyzer). Only refusals of sessions without a successful log-in count.
import type { KernelEvent } from '../model/kernel-event.js';
import { isSshClientKey, isSshGreeting, isSshNewKeys, SSH_GREETING } from '../protocols/ssh.js';
import { connectionKey } from './connection.js';
import { RecencyTable, type StateLedger } from './windows.js';

/** Sessions that are being logged into, at once. */
const SESSIONS_CAP = 4096;
/** MaxAuthTries is 6: with more equal messages this is a session at work whose beginning was missed. */
const REFUSALS_MAX = 21;
/** Somebody types: each key comes back in a message as long as its own. Below what one session needs for an alert. */
const ECHOES_MAX = 8;
/** Where the kernel reports all small packets of a connection, not only its first sixteen. */
const followedPorts = new Set([22, 2222]);
/** OpenSSH's refusal, longer by the names of three ways to log in than its "service accept": where none could be read. */
const MORE_THAN_ACCEPT = 32;
const USUAL_ACCEPT = 44;
/** MaxAuthTries is 6, one question comes before, one good-bye after. Who says more has let its client in: host keys, a channel. */
const REFUSED_AT_MOST = 8;
/** So much more is no doubt. */
const SURELY_IN = 16;

/** One side's bytes since its greeting. */
interface Speech {
  /** Ethernet to TCP options, as in the greeting; 0: nothing was said yet. */
  headerLength: number;
  /** As long as nothing is missing in between; then −1. */
  said: number;
  nextSequence: number;
}

export interface EndedConnection {
  /** What the server has sent in all. */
  readonly bytes: number;
  readonly frames: number;
  /** It began and ended within one tick. */
  readonly isWhole: boolean;
  /** Answers that other sessions of this client had before the log-in. */
  readonly saidBefore: (session: SshSession) => number;
}

export interface SshSession {
  client: Uint8Array;
  server: Uint8Array;
  port: number;
  readonly interface: string;
  /** Else its refusals are counted when it ends, by how much the server has said. */
  readonly isFollowed: boolean;
  /** What the server says; and the client, until it is known which is which. */
  fromServer: Speech;
  fromClient: Speech;
  /** What the server had said when it accepted the log-in service; 0: that wasn't seen. */
  saidBefore: number;
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
  /** Refusals already reported by `takeOutcomes`. */
  reported: number;
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
  read(kernelEvent: KernelEvent): void {
    const isGreeting =
      kernelEvent.payloadByte(0) === SSH_GREETING[0] && isSshGreeting(kernelEvent.payload);
    if (!isGreeting && this.#sessions.size === 0) return;
    const { sourcePort } = kernelEvent;
    const key = connectionKey(kernelEvent);
    let session = this.#sessions.get(key);
    if (isGreeting) {
      // Both sides greet; a greeting after the keys is a new connection with the same ports.
      if (!session || session.isEncrypted) {
        session = beginSession(kernelEvent);
        this.#sessions.set(key, session);
      }
      follow(sourcePort === session.port ? session.fromServer : session.fromClient, kernelEvent);
      return;
    }
    if (!session || session.hasSucceeded) return;
    session.lastUs = kernelEvent.timeUs;
    const { payload } = kernelEvent;
    if (!session.isEncrypted && isSshClientKey(payload) && sourcePort === session.port)
      turn(session, kernelEvent);
    if (sourcePort !== session.port) {
      follow(session.fromClient, kernelEvent);
      session.isEncrypted ||= isSshNewKeys(payload);
      session.askedLength = kernelEvent.packetPayloadLength;
      return;
    }
    const isWhole = follow(session.fromServer, kernelEvent);
    // Only what follows the keys without a gap is the accepted service, which all others are compared with.
    if (session.isEncrypted && (isWhole || session.isFollowed || session.acceptLength > 0))
      this.#answer(session, kernelEvent.packetPayloadLength);
  }

  /**
   * A connection on a port that isn't followed is over: its session, and how often it was refused; 0: it got in; null:
   * unknown. Of one that began and ended within a tick all short answers were reported, so without success it has failed; of a longer
   * one success may have been missed.
   */
  end(key: number, ended: EndedConnection): { session: SshSession; refusals: number } | null {
    const session = this.#sessions.peek(key);
    if (!session || session.isFollowed) return null;
    this.#sessions.delete(key);
    if (session.hasSucceeded) return { session, refusals: 0 };
    const before = session.saidBefore || ended.saidBefore(session);
    const { headerLength } = session.fromServer;
    if (before === 0 || headerLength === 0) return null;
    const after = ended.bytes - ended.frames * headerLength - before;
    const accept = session.acceptLength || USUAL_ACCEPT;
    const length = refusalLength(session, accept);
    if (after > length * SURELY_IN) return { session, refusals: 0 };
    const answers = Math.round(after / length);
    if (answers < 1 || after > length * REFUSED_AT_MOST) return null;
    if (ended.isWhole) return { session, refusals: Math.max(1, answers - 1) };
    return { session, refusals: Math.max(1, toldRefusals(session, accept) - 1) };
  }

  get size(): number {
    return this.#sessions.size;
  }

  /**
   * Once a tick: sessions whose refusals have changed, and by how much. A refusal counts when a whole tick has passed without
   * success: keys that an agent offers in vain come milliseconds before the right one. A late success takes them back.
   */
  *takeOutcomes(): IterableIterator<{
    session: SshSession;
    refusals: number;
    hasSucceeded: boolean;
  }> {
    for (const session of this.#waiting) {
      if (!session.isFollowed) {
        if (session.hasSucceeded) yield { session, refusals: 0, hasSucceeded: true };
        continue;
      }
      const refusals = session.hasSucceeded ? 0 : refusalsOf(session);
      const change = refusals - session.reported;
      session.reported = refusals;
      if (change !== 0 || session.hasSucceeded)
        yield { session, refusals: change, hasSucceeded: session.hasSucceeded };
    }
    const evaluated = this.#waiting;
    evaluated.clear();
    this.#waiting = this.#fresh;
    this.#fresh = evaluated;
  }

  #answer(session: SshSession, length: number): void {
    if (session.acceptLength === 0) {
      session.acceptLength = length;
      session.saidBefore = Math.max(0, session.fromServer.said);
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

function beginSession(kernelEvent: KernelEvent): SshSession {
  const { sourcePort, destinationPort } = kernelEvent;
  const isFollowed = followedPorts.has(sourcePort) || followedPorts.has(destinationPort);
  // Elsewhere the lower port, until the key exchange says who is who.
  const fromServer = isFollowed ? followedPorts.has(sourcePort) : sourcePort < destinationPort;
  return {
    // Copies: the kernel event's own bytes belong to its batch.
    client: (fromServer ? kernelEvent.destinationAddress : kernelEvent.sourceAddress).slice(),
    server: (fromServer ? kernelEvent.sourceAddress : kernelEvent.destinationAddress).slice(),
    port: fromServer ? sourcePort : destinationPort,
    interface: kernelEvent.interface,
    isFollowed,
    fromServer: { headerLength: 0, said: 0, nextSequence: 0 },
    fromClient: { headerLength: 0, said: 0, nextSequence: 0 },
    saidBefore: 0,
    firstUs: kernelEvent.timeUs,
    lastUs: kernelEvent.timeUs,
    isEncrypted: false,
    acceptLength: 0,
    askedLength: 0,
    echoes: 0,
    lengths: new Map(),
    hasSucceeded: false,
    reported: 0,
  };
}

/** One side says more: whether nothing is missing in between. */
function follow(speech: Speech, kernelEvent: KernelEvent): boolean {
  const length = kernelEvent.packetPayloadLength;
  if (speech.headerLength === 0) {
    speech.headerLength = kernelEvent.frameLength - length;
    speech.nextSequence = kernelEvent.tcpSequence;
  }
  if (speech.said < 0 || kernelEvent.tcpSequence !== speech.nextSequence) {
    speech.said = -1;
    return false;
  }
  speech.said += length;
  speech.nextSequence = (kernelEvent.tcpSequence + length) >>> 0;
  return true;
}

/** The one taken for the server is the client. */
function turn(session: SshSession, kernelEvent: KernelEvent): void {
  [session.client, session.server] = [session.server, session.client];
  [session.fromClient, session.fromServer] = [session.fromServer, session.fromClient];
  session.port = kernelEvent.destinationPort;
}

/** What the server says to each try. Some clients request the service again before each, which is answered too. */
function refusalLength({ lengths }: SshSession, accept: number): number {
  const longest = Math.max(0, ...lengths.keys());
  const serviceAnswers = lengths.get(accept) ?? 0;
  if (longest === 0) return accept + MORE_THAN_ACCEPT;
  if (longest > accept) return longest + (serviceAnswers > 0 ? accept : 0);
  return serviceAnswers > 1 ? accept + accept + MORE_THAN_ACCEPT : accept;
}

function toldRefusals({ lengths }: SshSession, accept: number): number {
  let answers = 0;
  for (const [length, times] of lengths) if (length > accept) answers += times;
  return answers;
}

/** Most clients ask first which methods there are, and that question is refused, too. */
function refusalsOf(session: SshSession): number {
  const most = Math.max(0, ...session.lengths.values());
  return most > 1 ? most - 1 : most;
}
