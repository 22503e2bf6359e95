// Log-in tries without end, and the one that worked. Refusals that can be read are counted; where all is encrypted, short sessions.

import type { Fact } from '../../model/fact.js';
import { controlFeature, payloadClass } from '../../wire/layout.generated.js';
import { addressKey, mixKey } from '../address.js';
import {
  endsNow,
  median,
  newPair,
  type Pair,
  pairKey,
  releasePair,
  spread,
} from '../log-in-sessions.js';
import { Spraying } from '../log-in-spraying.js';
import { plural } from '../names.js';
import { kerberosUser, latin1, logInOf, refusalOf, textHash } from '../payload-text.js';
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
const SERVERS_CAP = 2048;
/** Where sessions are encrypted from the start, or too many kinds of refusal exist to read them. */
const countedPorts = new Set([3389, 5900, 23]);
/** Read by their lengths: rule ssh-log-ins. */
const readSshPorts = new Set([22, 2222]);
const SESSION_PACKETS_MAX = 60;
/** A session of SSH holds up to six tries (MaxAuthTries). */
const SSH_SESSION_PACKETS_MAX = 90;
const SESSION_PACKETS_MIN = 5;
const AFTER_US = 3600e6;

const thresholds = {
  sessions: {
    value: 10,
    unit: 'sessions',
    meaning: 'short log-in sessions of one source with one service in a minute',
    origin: 'fail2ban 5 in 10 min, CrowdSec 5, Zeek 30 in 30 min',
  },
  sshSessions: {
    value: 30,
    unit: 'sessions',
    meaning:
      'the same with SSH on a port where its dialogues are not read (rule ssh-log-ins reads 22 and 2222)',
    origin:
      'measured: a script that logs in without pause makes 150, but alike to 0.02; Slips sample 67 in 9 s',
  },
  suspectSessions: {
    value: 10,
    unit: 'sessions',
    meaning: 'short SSH sessions alike in two minutes (low: scripts do that, too)',
    origin: 'measured: 20 log-ins of a script in 8 s',
  },
  slowSessions: {
    value: 30,
    unit: 'sessions',
    meaning: 'the same in half an hour',
    origin: 'Zeek 30 in 30 min',
  },
  refusals: {
    value: 10,
    unit: 'refusals',
    meaning: 'refused log-ins that could be read, in a minute',
    origin: 'Zeek FTP 20 in 15 min, SMTP 3 in 10 s',
  },
  passwords: {
    value: 10,
    unit: 'passwords',
    meaning: 'different passwords for HTTP in a minute',
    origin: 'a user mistypes three times',
  },
  sessionSeconds: {
    value: 20,
    unit: 's',
    meaning: 'longest session that counts as short',
    origin: 'detection.md [16]; OpenSSH fails in 0.3 s to 6 s',
  },
  successPackets: {
    value: 3,
    unit: 'times',
    meaning: 'a session with so many times the packets of the failing ones has worked',
    origin: 'detection.md [17]; OpenSSH 26 against 43 and more',
  },
  kerberosUsers: {
    value: 8,
    unit: 'users',
    meaning: 'different users that one host asks Kerberos for in a minute, half of them refused',
    origin: 'kerbrute asks for 11 in 30 ms; a host has one to three',
  },
  sprayedSources: {
    value: 30,
    unit: 'sources',
    meaning: 'sources with failing log-ins on one service in 10 min',
    origin: 'detection.md [16]: spraying',
  },
} as const;

class BruteForce implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #ledger: StateLedger;
  readonly #pairs: RecencyTable<number, Pair>;
  /** Services that greet with "SSH-", by address and port. */
  readonly #sshServices: RecencyTable<number, true>;
  readonly #spraying: Spraying;
  readonly #active = new Set<Pair>();

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#ledger = context.ledger;
    this.#pairs = new RecencyTable('brute force: pairs', PAIRS_CAP, context.ledger, releasePair);
    this.#sshServices = new RecencyTable('brute force: ssh services', SERVERS_CAP, context.ledger);
    this.#spraying = new Spraying('brute force', context.ledger);
  }

  fact(fact: Fact): void {
    if (fact.reason !== payloadClass.firstBytes) return;
    const text = latin1(fact.payload);
    if (text.startsWith('SSH-')) {
      // Both sides greet; the server is the one that others come back to: the lower port of the two.
      const fromServer = fact.sourcePort < fact.destinationPort;
      const address = fromServer ? fact.sourceAddress : fact.destinationAddress;
      this.#sshServices.set(
        mixKey(addressKey(address), Math.min(fact.sourcePort, fact.destinationPort)),
        true,
      );
      return;
    }
    const refused = refusalOf(text, fact.payload, fact.sourcePort);
    if (refused) {
      const pair = this.#pair(
        fact.destinationAddress,
        fact.sourceAddress,
        0,
        fact.sourcePort,
        fact.interface,
        fact.timeUs,
      );
      pair.service = refused;
      if (fact.protocol !== TCP) pair.protocol = 'UDP';
      pair.refusals.add(1, fact.timeUs);
      this.#touch(pair, fact.timeUs, refused !== 'HTTP');
      return;
    }
    const asked = kerberosUser(text);
    if (asked !== null) {
      const pair = this.#pairOfRequest(fact);
      pair.users.add(textHash(asked), fact.timeUs);
      return;
    }
    const tried = fact.protocol === TCP ? logInOf(text, fact.payload, fact.destinationPort) : null;
    if (tried?.service.startsWith('HTTP')) {
      const pair = this.#pairOfRequest(fact);
      pair.service = tried.service;
      if (pair.passwords.add(tried.hash, fact.timeUs)) this.#touch(pair, fact.timeUs, true);
    }
  }

  tick(tick: Tick, report: Report): void {
    const { flows } = tick;
    for (let i = 0; i < flows.touchedCount; i += 1) {
      const slot = flows.touched[i]!;
      if (flows.protocol[slot] !== TCP) continue;
      const port = tick.destinationPort(slot);
      const counted = countedPorts.has(port);
      if (!counted && this.#sshServices.size === 0) continue;
      const isSsh = this.#isSsh(tick, i, port);
      if (!counted && !isSsh) continue;
      this.#session(tick, slot, port, isSsh, report);
    }
    for (const pair of this.#active) {
      this.#judge(tick, pair, report);
      if (pair.refusals.value(tick.nowUs) > 0) this.#judgeSpray(tick, pair, report);
    }
    this.#active.clear();
  }

  #isSsh(tick: Tick, position: number, port: number): boolean {
    return (
      !readSshPorts.has(port) &&
      this.#sshServices.size > 0 &&
      this.#sshServices.has(mixKey(tick.hosts.key(tick.destinationHost[position]!), port))
    );
  }

  /** A session counts once, in the tick in which it first ends. */
  #session(tick: Tick, slot: number, port: number, isSsh: boolean, report: Report): void {
    const { flows } = tick;
    const completed =
      (tick.sourceFlags(slot) & ACK) !== 0 && (tick.destinationFlags(slot) & (SYN | ACK)) !== 0;
    if (!completed) return;
    const packets = tick.forwardPackets(slot) + tick.reversePackets(slot);
    const durationUs = flows.lastSeenUs[slot]! - flows.firstSeenUs[slot]!;
    this.#judgeSuccess(tick, slot, port, packets, durationUs, report);
    if (!endsNow(tick, slot)) return;
    if (
      packets > (isSsh ? SSH_SESSION_PACKETS_MAX : SESSION_PACKETS_MAX) ||
      packets < SESSION_PACKETS_MIN ||
      durationUs > this.#t.sessionSeconds * 1e6
    )
      return;
    const low = flows.sourceIsLow[slot] === 1;
    const pair = this.#pair(
      low ? flows.lowAddress : flows.highAddress,
      low ? flows.highAddress : flows.lowAddress,
      slot * 16,
      port,
      tick.interfaceName(slot),
      flows.firstSeenUs[slot]!,
    );
    pair.isSsh = isSsh;
    if (isSsh) pair.service = 'SSH';
    pair.sessions.add(1, tick.nowUs);
    pair.slowSessions.add(1, tick.nowUs);
    if (isSsh) pair.suspectSessions.add(1, tick.nowUs);
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
      message: `${plural(sources, 'source')} try to log in to ${pair.service} of ${pair.destination}, each a few times`,
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
    const key = pairKey(
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
      message: `After many failed log-ins ${pair.source} seems to have got into ${pair.service} of ${pair.destination}`,
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
    return this.#pairs.getOrCreate(pairKey(source, destination, offset, port), () =>
      newPair(source, destination, offset, port, where, timeUs, this.#ledger),
    );
  }

  #pairOfRequest(fact: Fact): Pair {
    const { sourceAddress, destinationAddress, destinationPort, timeUs } = fact;
    return this.#pair(
      sourceAddress,
      destinationAddress,
      0,
      destinationPort,
      fact.interface,
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
    const limit = pair.isSsh ? this.#t.sshSessions : this.#t.sessions;
    const bySessions = sessions >= limit && alike;
    const bySlow = slow >= this.#t.slowSessions && alike && !pair.isSsh;
    const users = pair.users.size(now);
    const byUsers = users >= this.#t.kerberosUsers && refusals * 2 >= users;
    const byRefusals = isHttp
      ? passwords >= this.#t.passwords
      : byUsers || refusals >= this.#t.refusals;
    const isSuspect = pair.suspectSessions.value(now) >= this.#t.suspectSessions && alike;
    if (!bySessions && !bySlow && !byRefusals && !isSuspect) return;
    const isClear = bySessions || bySlow || byRefusals;
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
      message: `${pair.source} has tried ${plural(tries, 'time')} to log in to ${pair.service} of ${pair.destination}`,
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
          ? { sessions: limit, windowSeconds: 60 }
          : { sessions: this.#t.slowSessions, windowSeconds: 1800 },
    });
  }
}

export const bruteForce: RuleDefinition = {
  name: 'brute-force',
  kinds: ['brute_force', 'login_after_brute_force'],
  method:
    'Counts refusals that can be read (FTP, mail, databases, SMB, LDAP, Kerberos, Telnet), different passwords for HTTP, and short sessions of equal size with RDP, VNC, Telnet, and SSH on ports of its own (known by its greeting). A much larger session afterwards has worked.',
  thresholds,
  features: controlFeature.payloadFirstBytes,
  factTypes: ['payload'],
  create: (context) => new BruteForce(context),
};
