// Passwords tried over SSH, and the one that worked: read from the lengths of the server's answers.
import type { KernelEvent } from '../../model/kernel-event.js';
import { controlFeature, payloadClass } from '../../wire/layout.generated.js';
import { addressText } from '../address.js';
import { endsKey } from '../connection.js';
import { endsNow, logInKey } from '../log-in-sessions.js';
import { Spraying } from '../log-in-spraying.js';
import { plural } from '../names.js';
import { TCP } from '../protocol-numbers.js';
import {
  type Report,
  type Rule,
  type RuleContext,
  type RuleDefinition,
  readThresholds,
} from '../rule.js';
import { SshDialogues, type SshSession } from '../ssh-dialogues.js';
import type { Tick } from '../tick.js';
import { RecencyTable, RollingSum } from '../windows.js';

const PAIRS_CAP = 4096;
const AFTER_US = 3600e6;

const thresholds = {
  refusals: {
    value: 8,
    unit: 'refusals',
    meaning: 'refused log-ins of one source with one server in two minutes, in sessions that fail',
    origin:
      'fail2ban 5 in 10 min, CrowdSec 5; a user mistypes 3 times a session, keys of an agent come before success',
  },
  slowRefusals: {
    value: 30,
    unit: 'refusals',
    meaning: 'the same in 30 min',
    origin: 'Zeek 30 in 30 min',
  },
  sprayedSources: {
    value: 30,
    unit: 'sources',
    meaning: 'sources with refused log-ins on one server in 10 min',
    origin: 'chosen: no server has thirty users who all mistype within ten minutes',
  },
} as const;

interface Pair {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly interface: string;
  readonly refusals: RollingSum;
  readonly slowRefusals: RollingSum;
  /** On ports that aren't followed: sessions that got in, and what the server says before a log-in. */
  readonly logIns: RollingSum;
  readonly failures: RollingSum;
  saidBefore: number;
  forcedUs: number;
  added: number;
  firstUs: number;
  lastUs: number;
}

class SshLogIns implements Rule {
  readonly #t: Readonly<Record<keyof typeof thresholds, number>>;
  readonly #dialogues: SshDialogues;
  readonly #pairs: RecencyTable<number, Pair>;
  readonly #spraying: Spraying;

  constructor(context: RuleContext) {
    this.#t = readThresholds(context, thresholds);
    this.#dialogues = new SshDialogues(context.ledger);
    this.#pairs = new RecencyTable('ssh log-ins: pairs', PAIRS_CAP, context.ledger);
    this.#spraying = new Spraying('ssh log-ins', context.ledger);
  }

  kernelEvent(kernelEvent: KernelEvent): void {
    if (kernelEvent.protocol === TCP) this.#dialogues.read(kernelEvent);
  }

  tick(tick: Tick, report: Report): void {
    const active = new Set<Pair>();
    for (const { session, refusals, hasSucceeded } of this.#dialogues.takeOutcomes()) {
      if (hasSucceeded && refusals === 0) {
        this.#judgeSuccess(session, tick.nowUs, report);
        continue;
      }
      active.add(this.#refuse(session, refusals, tick.nowUs));
      if (hasSucceeded) this.#judgeSuccess(session, tick.nowUs, report);
    }
    if (this.#dialogues.size > 0) this.#readEnds(tick, active, report);
    for (const pair of active) {
      this.#judge(tick, pair, report);
      this.#judgeSpray(tick, pair, report);
    }
  }

  #refuse(session: SshSession, refusals: number, nowUs: number): Pair {
    const pair = this.#pair(session);
    pair.refusals.add(refusals, nowUs);
    pair.slowRefusals.add(refusals, nowUs);
    pair.added += Math.max(0, refusals);
    pair.lastUs = Math.max(pair.lastUs, session.lastUs);
    return pair;
  }

  /** Sessions on ports of their own, when they are over. */
  #readEnds(tick: Tick, active: Set<Pair>, report: Report): void {
    const { isNew, protocol, touched, touchedCount } = tick.flows;
    for (let i = 0; i < touchedCount; i += 1) {
      const slot = touched[i]!;
      if (protocol[slot] !== TCP || !endsNow(tick, slot)) continue;
      const source = tick.hosts.key(tick.sourceHost[i]!);
      const destination = tick.hosts.key(tick.destinationHost[i]!);
      const key = endsKey(source, tick.sourcePort(slot), destination, tick.destinationPort(slot));
      const isWhole = isNew[slot] === 1;
      const ended = this.#dialogues.end(key, {
        bytes: tick.reverseBytes(slot),
        frames: tick.reversePackets(slot),
        isWhole,
        saidBefore: (session) => this.#pair(session).saidBefore,
      });
      if (!ended) continue;
      const { session, refusals } = ended;
      const pair = this.#pair(session);
      pair.saidBefore = session.saidBefore || pair.saidBefore;
      if (refusals === 0) {
        pair.logIns.add(1, tick.nowUs);
        this.#judgeSuccess(session, tick.nowUs, report);
        continue;
      }
      pair.failures.add(1, tick.nowUs);
      // Of those who get in it is not always seen.
      const logIns = pair.logIns.value(tick.nowUs);
      if (isWhole ? logIns * 2 < pair.failures.value(tick.nowUs) : logIns === 0)
        active.add(this.#refuse(session, refusals, tick.nowUs));
    }
  }

  #pair(session: SshSession): Pair {
    const { client, server, port } = session;
    const pair = this.#pairs.getOrCreate(logInKey(client, server, 0, port), () => ({
      source: addressText(client),
      destination: addressText(server),
      port,
      interface: session.interface,
      refusals: new RollingSum(120e6),
      slowRefusals: new RollingSum(1800e6),
      logIns: new RollingSum(1800e6),
      failures: new RollingSum(1800e6),
      saidBefore: 0,
      forcedUs: 0,
      added: 0,
      firstUs: session.firstUs,
      lastUs: session.lastUs,
    }));
    if (session.lastUs - pair.lastUs > 600e6) pair.firstUs = session.firstUs;
    return pair;
  }

  #judge(tick: Tick, pair: Pair, report: Report): void {
    const refusals = pair.refusals.value(tick.nowUs);
    const slow = pair.slowRefusals.value(tick.nowUs);
    const isSlow = refusals < this.#t.refusals;
    if (isSlow && slow < this.#t.slowRefusals) return;
    pair.forcedUs = tick.nowUs;
    const tries = Math.max(refusals, slow);
    const added = pair.added;
    pair.added = 0;
    report({
      kind: 'brute_force',
      severity: tries >= 30 ? 'high' : 'medium',
      ...this.#parties(pair),
      add: Math.max(1, added),
      unit: 'tries',
      firstSeenUs: pair.firstUs,
      lastSeenUs: pair.lastUs,
      message: `${plural(tries, 'failed log-in')} from ${pair.source} to SSH on ${pair.destination}`,
      spoofable: false,
      confidence: 'high',
      evidence: { service: 'SSH', refusals: tries, ...(isSlow ? { slow: true } : {}) },
      threshold: isSlow
        ? { refusals: this.#t.slowRefusals, windowSeconds: 1800 }
        : { refusals: this.#t.refusals, windowSeconds: 120 },
    });
  }

  #judgeSpray(tick: Tick, pair: Pair, report: Report): void {
    const service = `${pair.destination} ${pair.port}`;
    if (pair.refusals.value(tick.nowUs) <= 0) return;
    const server = this.#spraying.note(service, pair.source, pair.firstUs, tick.nowUs);
    const sources = server.sources.size(tick.nowUs);
    if (sources < this.#t.sprayedSources) return;
    report({
      kind: 'brute_force',
      ...this.#parties(pair),
      key: `spray ${service}`,
      source: null,
      total: sources,
      unit: 'sources',
      firstSeenUs: server.firstUs,
      lastSeenUs: pair.lastUs,
      message: `${plural(sources, 'source')} attempt log-ins to SSH on ${pair.destination}, a few each (password spraying)`,
      spoofable: false,
      confidence: 'medium',
      sources: server.examples.with(sources),
      evidence: { service: 'SSH', class: 'spraying' },
      threshold: { sources: this.#t.sprayedSources, windowSeconds: Spraying.WINDOW_SECONDS },
    });
  }

  #judgeSuccess(session: SshSession, nowUs: number, report: Report): void {
    const { client, server, port } = session;
    const pair = this.#pairs.peek(logInKey(client, server, 0, port));
    if (!pair || pair.forcedUs === 0 || nowUs - pair.forcedUs > AFTER_US) return;
    report({
      kind: 'login_after_brute_force',
      ...this.#parties(pair),
      total: 1,
      unit: 'sessions',
      firstSeenUs: session.firstUs,
      lastSeenUs: session.lastUs,
      message: `${pair.source} has logged in to SSH on ${pair.destination} after many failed attempts`,
      spoofable: false,
      confidence: 'high',
      evidence: { service: 'SSH' },
      threshold: { acceptedLogIns: 1 },
    });
  }

  #parties(pair: Pair) {
    return {
      key: `${pair.source} ${pair.destination} ${pair.port}`,
      source: { address: pair.source },
      destination: { address: pair.destination, port: pair.port },
      protocol: 'TCP',
      interface: pair.interface,
    };
  }
}

export const sshLogIns: RuleDefinition = {
  name: 'ssh-log-ins',
  kinds: ['brute_force', 'login_after_brute_force'],
  method:
    'Follows SSH dialogues after their greeting. On ports 22 and 2222 a refusal is the answer that the server repeats, success one that is shorter than its first; refusals of sessions that succeed do not count, whatever keys an agent offered before. On other ports success is told in the same way, and a session without it is judged when it ends, by how little the server has said after it accepted the log-in.',
  thresholds,
  features: controlFeature.payloadFirstBytes,
  eventTypes: ['payload'],
  payloadClasses: [payloadClass.firstBytes],
  readsSegments: true,
  create: (context) => new SshLogIns(context),
};
