// Log-in tries without end, and the one that worked. Refusals that can be read are counted; where all is encrypted, short sessions.

import type { KernelEvent } from '../../model/kernel-event.js';
import { kerberosUser } from '../../protocols/kerberos.js';
import { logInOf } from '../../protocols/log-in.js';
import { refusalOf } from '../../protocols/log-in-refusal.js';
import { latin1, textHash } from '../../protocols/text.js';
import { controlFeature, payloadClass } from '../../wire/layout.generated.js';
import { connectionKey, endsKey, isReadableKernelEvent } from '../connection.js';
import {
  endsNow,
  logInKey,
  median,
  newPair,
  type Pair,
  releasePair,
  spread,
} from '../log-in-sessions.js';
import { Spraying } from '../log-in-spraying.js';
import { plural } from '../names.js';
import { ACK, SYN, TCP } from '../protocol-numbers.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import type { Tick } from '../tick.js';
import { RecencyTable, type StateLedger } from '../windows.js';

const PAIRS_CAP = 8192;
/** Connections that asked for RDP in somebody's name, lately. */
const NAMED_CAP = 4096;
/** Where sessions are encrypted from the start, or too many kinds of refusal exist to read them. */
const countedPorts = new Set([3389, 5900, 23]);
const RDP_PORT = 3389;
const SESSION_PACKETS_MAX = 60;
/** With a greeting and a good-bye a health check has eight to ten. */
const SESSION_PACKETS_MIN = 12;
/** An RDP session that got as far as a password, by name (the cookie) or encrypted: TLS and CredSSP. */
const RDP_ENCRYPTED_PACKETS = 18;
const AFTER_US = 3600e6;

const thresholds = {
  sessions: {
    value: 10,
    unit: 'sessions',
    meaning: 'short log-in sessions of one source with one service in a minute',
    origin: 'fail2ban 5 in 10 min, CrowdSec 5, Zeek 30 in 30 min',
  },
  slowSessions: {
    value: 30,
    unit: 'sessions',
    meaning: 'the same in 30 min (low: log-in monitoring does that too)',
    origin: 'Zeek 30 in 30 min',
  },
  refusals: {
    value: 10,
    unit: 'refusals',
    meaning: 'rejected log-ins in clear text in a minute',
    origin: 'Zeek FTP 20 in 15 min, SMTP 3 in 10 s',
  },
  passwords: {
    value: 10,
    unit: 'passwords',
    meaning: 'different passwords for HTTP in a minute',
    origin: 'a user mistypes up to three times',
  },
  sessionSeconds: {
    value: 20,
    unit: 's',
    meaning: 'longest session that counts as short',
    origin: 'measured: a failed OpenSSH log-in takes 0.3 s to 6 s',
  },
  successPackets: {
    value: 3,
    unit: 'times',
    meaning: 'a session with this many times the packets of the failed ones has succeeded',
    origin: 'measured: OpenSSH fails with 25 to 27 packets and succeeds with 43 or more',
  },
  kerberosUsers: {
    value: 8,
    unit: 'users',
    meaning:
      'different users that one host requests from Kerberos in a minute, half of them rejected',
    origin: 'kerbrute asks for 11 in 30 ms; a host has one to three',
  },
  sprayedSources: {
    value: 30,
    unit: 'sources',
    meaning: 'sources with failing log-ins on one service in 10 min',
    origin: 'chosen: no server has thirty users who all mistype within ten minutes',
  },
} as const;

class BruteForce implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #ledger: StateLedger;
  readonly #pairs: RecencyTable<number, Pair>;
  readonly #named: RecencyTable<number, true>;
  readonly #spraying: Spraying;
  readonly #active = new Set<Pair>();

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#ledger = context.ledger;
    this.#pairs = new RecencyTable('brute force: pairs', PAIRS_CAP, context.ledger, releasePair);
    this.#named = new RecencyTable(null, NAMED_CAP, context.ledger);
    this.#spraying = new Spraying('brute force', context.ledger);
  }

  kernelEvent(kernelEvent: KernelEvent): void {
    if (kernelEvent.payloadLength < SHORTEST_REFUSAL && !isReadableKernelEvent(kernelEvent)) return;
    const text = latin1(kernelEvent.payload);
    if (isRdpRequest(kernelEvent.payload) && text.includes('mstshash=')) {
      this.#named.set(connectionKey(kernelEvent), true);
      return;
    }
    const refused = refusalOf(text, kernelEvent.payload, kernelEvent.sourcePort);
    if (refused) {
      const pair = this.#pair(
        kernelEvent.destinationAddress,
        kernelEvent.sourceAddress,
        0,
        kernelEvent.sourcePort,
        kernelEvent.interface,
        kernelEvent.timeUs,
      );
      pair.service = refused;
      if (kernelEvent.protocol !== TCP) pair.protocol = 'UDP';
      pair.refusals.add(1, kernelEvent.timeUs);
      this.#touch(pair, kernelEvent.timeUs, refused !== 'HTTP');
      return;
    }
    const asked = kerberosUser(text);
    if (asked !== null) {
      const pair = this.#pairOfRequest(kernelEvent);
      pair.users.add(textHash(asked), kernelEvent.timeUs);
      return;
    }
    const tried =
      kernelEvent.protocol === TCP
        ? logInOf(text, kernelEvent.payload, kernelEvent.destinationPort)
        : null;
    if (tried?.service.startsWith('HTTP')) {
      const pair = this.#pairOfRequest(kernelEvent);
      pair.service = tried.service;
      if (pair.passwords.add(tried.hash, kernelEvent.timeUs))
        this.#touch(pair, kernelEvent.timeUs, true);
    }
  }

  tick(tick: Tick, report: Report): void {
    const { flows } = tick;
    for (let i = 0; i < flows.touchedCount; i += 1) {
      const slot = flows.touched[i]!;
      if (flows.protocol[slot] !== TCP) continue;
      const port = tick.destinationPort(slot);
      if (countedPorts.has(port)) this.#session(tick, i, port, report);
      else if (this.#named.size > 0 && endsNow(tick, slot) && this.#isNamed(tick, i))
        this.#session(tick, i, port, report);
    }
    for (const pair of this.#active) {
      this.#judge(tick, pair, report);
      if (pair.refusals.value(tick.nowUs) > 0) this.#judgeSpray(tick, pair, report);
    }
    this.#active.clear();
  }

  #isNamed(tick: Tick, position: number): boolean {
    const slot = tick.flows.touched[position]!;
    const source = tick.hosts.key(tick.sourceHost[position]!);
    const destination = tick.hosts.key(tick.destinationHost[position]!);
    const [from, to] = [tick.sourcePort(slot), tick.destinationPort(slot)];
    return this.#named.has(endsKey(source, from, destination, to));
  }

  /** A session counts once, in the tick in which it first ends. */
  #session(tick: Tick, position: number, port: number, report: Report): void {
    const { flows } = tick;
    const slot = flows.touched[position]!;
    const completed =
      (tick.sourceFlags(slot) & ACK) !== 0 && (tick.destinationFlags(slot) & (SYN | ACK)) !== 0;
    if (!completed) return;
    const packets = tick.forwardPackets(slot) + tick.reversePackets(slot);
    const durationUs = flows.lastSeenUs[slot]! - flows.firstSeenUs[slot]!;
    this.#judgeSuccess(tick, slot, port, packets, durationUs, report);
    if (!endsNow(tick, slot)) return;
    if (
      packets > SESSION_PACKETS_MAX ||
      packets < SESSION_PACKETS_MIN ||
      durationUs > this.#t.sessionSeconds * 1e6
    )
      return;
    const isNamed = this.#named.size > 0 && this.#isNamed(tick, position);
    if (port === RDP_PORT && !isNamed && packets < RDP_ENCRYPTED_PACKETS) return;
    const low = flows.sourceIsLow[slot] === 1;
    const pair = this.#pair(
      low ? flows.lowAddress : flows.highAddress,
      low ? flows.highAddress : flows.lowAddress,
      slot * 16,
      port,
      tick.interfaceName(slot),
      flows.firstSeenUs[slot]!,
    );
    if (isNamed) pair.service = 'RDP';
    pair.sessions.add(1, tick.nowUs);
    pair.slowSessions.add(1, tick.nowUs);
    pair.sizes.push(packets);
    if (pair.sizes.length > 32) pair.sizes.shift();
    this.#touch(pair, flows.lastSeenUs[slot]!, true);
  }

  /** Many sources, each with a few failing sessions on one service. */
  #judgeSpray(tick: Tick, pair: Pair, report: Report): void {
    const service = `${pair.destination} ${pair.port}`;
    const server = this.#spraying.note(service, pair.source, pair.firstUs, tick.nowUs);
    const sources = server.sources.size(tick.nowUs);
    if (sources < this.#t.sprayedSources) return;
    report({
      kind: 'brute_force',
      key: `spray ${service}`,
      source: null,
      destination: { address: pair.destination, port: pair.port },
      protocol: 'TCP',
      interface: pair.interface,
      total: sources,
      unit: 'sources',
      firstSeenUs: server.firstUs,
      lastSeenUs: pair.lastUs,
      message: `${plural(sources, 'source')} attempt log-ins to ${pair.service} on ${pair.destination}, a few each (password spraying)`,
      spoofable: false,
      confidence: 'medium',
      sources: server.examples.with(sources),
      evidence: { service: pair.service, class: 'spraying' },
      threshold: { sources: this.#t.sprayedSources, windowSeconds: Spraying.WINDOW_SECONDS },
    });
  }

  #judgeSuccess(
    tick: Tick,
    slot: number,
    port: number,
    packets: number,
    durationUs: number,
    report: Report,
  ): void {
    const { flows } = tick;
    const low = flows.sourceIsLow[slot] === 1;
    const key = logInKey(
      low ? flows.lowAddress : flows.highAddress,
      low ? flows.highAddress : flows.lowAddress,
      slot * 16,
      port,
    );
    const pair = this.#pairs.peek(key);
    if (!pair || pair.forcedUs === 0 || tick.nowUs - pair.forcedUs > AFTER_US) return;
    const usual = median(pair.sizes);
    if (
      packets < usual * this.#t.successPackets ||
      packets < 60 ||
      (durationUs < 5e6 && packets < 200)
    )
      return;
    report({
      kind: 'login_after_brute_force',
      key: `${pair.source} ${pair.destination} ${port}`,
      source: { address: pair.source },
      destination: { address: pair.destination, port },
      protocol: 'TCP',
      interface: pair.interface,
      total: 1,
      unit: 'sessions',
      firstSeenUs: flows.firstSeenUs[slot]!,
      lastSeenUs: flows.lastSeenUs[slot]!,
      message: `${pair.source} has probably logged in to ${pair.service} on ${pair.destination} after many failed attempts`,
      spoofable: false,
      confidence: 'medium',
      evidence: { service: pair.service, packets, usualPackets: usual },
      threshold: { timesUsualPackets: this.#t.successPackets },
    });
  }

  #pair(
    source: Uint8Array,
    destination: Uint8Array,
    offset: number,
    port: number,
    where: string,
    timeUs: number,
  ): Pair {
    return this.#pairs.getOrCreate(logInKey(source, destination, offset, port), () =>
      newPair(source, destination, offset, port, where, timeUs, this.#ledger),
    );
  }

  #pairOfRequest(kernelEvent: KernelEvent): Pair {
    const { sourceAddress, destinationAddress, destinationPort, timeUs } = kernelEvent;
    return this.#pair(
      sourceAddress,
      destinationAddress,
      0,
      destinationPort,
      kernelEvent.interface,
      timeUs,
    );
  }

  #touch(pair: Pair, timeUs: number, isTry: boolean): void {
    if (timeUs - pair.lastUs > 600e6) pair.firstUs = timeUs;
    pair.lastUs = Math.max(pair.lastUs, timeUs);
    if (isTry) pair.added += 1;
    this.#active.add(pair);
  }

  #judge(tick: Tick, pair: Pair, report: Report): void {
    const now = tick.nowUs;
    const sessions = pair.sessions.value(now);
    const slow = pair.slowSessions.value(now);
    const refusals = pair.refusals.value(now);
    const passwords = pair.passwords.size(now);
    // Honest scripts have sessions of many sizes; tries are all alike.
    const alike = pair.sizes.length < 5 || spread(pair.sizes) <= 0.5;
    const isHttp = pair.service.startsWith('HTTP');
    const bySessions = sessions >= this.#t.sessions && alike;
    const bySlow = slow >= this.#t.slowSessions && alike;
    const users = pair.users.size(now);
    const byUsers = users >= this.#t.kerberosUsers && refusals * 2 >= users;
    const byRefusals = isHttp
      ? passwords >= this.#t.passwords
      : byUsers || refusals >= this.#t.refusals;
    if (!bySessions && !bySlow && !byRefusals) return;
    const isClear = bySessions || byRefusals;
    const tries = Math.max(sessions, slow, refusals, passwords);
    if (isClear) pair.forcedUs = now;
    const added = pair.added;
    pair.added = 0;
    report({
      kind: 'brute_force',
      severity: !isClear ? 'low' : tries >= 30 ? 'high' : 'medium',
      key: `${pair.source} ${pair.destination} ${pair.port}`,
      source: { address: pair.source },
      destination: { address: pair.destination, port: pair.port },
      protocol: pair.protocol,
      interface: pair.interface,
      add: Math.max(1, added),
      unit: 'tries',
      firstSeenUs: pair.firstUs,
      lastSeenUs: pair.lastUs,
      message: `${plural(tries, 'failed log-in')} from ${pair.source} to ${pair.service} on ${pair.destination}`,
      spoofable: false,
      confidence: byRefusals ? 'high' : isClear ? 'medium' : 'low',
      evidence: {
        service: pair.service,
        sessions,
        refusals,
        ...(isHttp ? { passwords } : {}),
        ...(users > 1 ? { users } : {}),
        ...(bySlow && !bySessions ? { slow: true } : {}),
      },
      threshold: byRefusals
        ? byUsers
          ? { users: this.#t.kerberosUsers, windowSeconds: 60 }
          : { refusals: isHttp ? this.#t.passwords : this.#t.refusals, windowSeconds: 60 }
        : bySessions
          ? { sessions: this.#t.sessions, windowSeconds: 60 }
          : { sessions: this.#t.slowSessions, windowSeconds: 1800 },
    });
  }
}

/** Of those in binary: MySQL's, up to its error's number (SQL Server's stands behind a header of eight bytes). */
const SHORTEST_REFUSAL = 7;

/** TPKT with an X.224 connection request. */
function isRdpRequest(payload: Uint8Array): boolean {
  return payload[0] === 3 && payload[1] === 0 && payload[5] === 0xe0;
}

export const bruteForce: RuleDefinition = {
  name: 'brute-force',
  kinds: ['brute_force', 'login_after_brute_force'],
  method:
    'Counts refusals that can be read (FTP, mail, databases, SMB, LDAP, Kerberos, Telnet), different passwords for HTTP, and short sessions of equal size with VNC, Telnet and RDP (on any port where a user is named) that went as far as a password. A much larger session afterwards has worked.',
  thresholds,
  features: controlFeature.payloadFirstBytes,
  eventTypes: ['payload'],
  payloadClasses: [payloadClass.firstBytes],
  create: (context) => new BruteForce(context),
};
