// Findings → incidents: one attack, one id, a count that grows; which alert lines are printed and when.
import { createHash } from 'node:crypto';
import { parseAddress } from '../format/parse-address.js';
import { type Alert, type AlertParty, type Severity, severities } from '../model/alert.js';
import { containsAddress } from './network.js';
import type { Finding } from './rule.js';
import type { DetectionSettings, MuteEntry } from './settings.js';
import { type Kind, vocabulary } from './vocabulary.js';
import type { StateLedger } from './windows.js';

/** Open incidents at once: what an operator can still look at, and 1 MB. The one silent longest ends early. */
const OPEN_CAP = 1000;
/** Ended ones that the screen still shows. */
const ENDED_CAP = 200;
const QUIET_UNTIL_ENDED_US = 300e6;
const REPEAT_US = 3600e6;
const GROWTH = 10;
/** New incidents of one kind: a burst, then so many a second. The rest is folded into the last one as "further sources". */
const NEW_BURST = 20;
const NEW_PER_SECOND = 5;

/** What another alert of the same source, destination and service says already: guessing passwords makes many connections. */
const saidBy: Partial<Record<Kind, Kind>> = {
  connection_flood: 'brute_force',
  http_flood: 'brute_force',
};

interface Incident {
  readonly key: string;
  readonly id: string;
  finding: Finding;
  severity: Severity;
  readonly firstSeenUs: number;
  lastSeenUs: number;
  count: number;
  printedCount: number;
  printedUs: number;
  printedSeverity: Severity;
  acknowledged: boolean;
  furtherCount: number;
  readonly furtherSample: Set<string>;
}

interface Budget {
  tokens: number;
  lastUs: number;
}

export class Incidents {
  readonly #open = new Map<string, Incident>();
  readonly #latestByKind = new Map<Kind, Incident>();
  readonly #budgets = new Map<Kind, Budget>();
  readonly #mutedIds = new Map<string, number>();
  #mutes: readonly MuteEntry[];
  #ended: Alert[] = [];
  #printed: Alert[] = [];

  constructor(
    private readonly settings: DetectionSettings,
    private readonly ledger: StateLedger,
  ) {
    this.#mutes = settings.data.mutes;
  }

  /** Takes one finding; lines that it makes necessary are given out by `drain`. */
  report(finding: Finding, nowUs: number): void {
    if (this.settings.isDisabled(finding.kind)) return;
    if (this.#allowed(finding) || this.#muted(finding, nowUs)) return;
    const better = saidBy[finding.kind];
    if (better && this.#open.has(`${better}\n${finding.key}`)) return;
    const key = `${finding.kind}\n${finding.key}`;
    const known = this.#open.get(key);
    if (known) this.#grow(known, finding, nowUs);
    else this.#begin(key, finding, nowUs);
  }

  /** Ends what has been quiet for five minutes, repeats what goes on for an hour; returns the lines of this tick. */
  drain(nowUs: number): readonly Alert[] {
    for (const incident of this.#open.values()) {
      if (nowUs - incident.lastSeenUs >= QUIET_UNTIL_ENDED_US) this.#end(incident);
      else if (nowUs - incident.printedUs >= REPEAT_US && incident.count > incident.printedCount)
        this.#print(incident, 'ongoing', nowUs);
    }
    const lines = this.#printed;
    this.#printed = [];
    return lines;
  }

  endAll(): readonly Alert[] {
    for (const incident of this.#open.values()) this.#end(incident);
    const lines = this.#printed;
    this.#printed = [];
    return lines;
  }

  /** After `endAll`, where time jumps back: budgets and mutes are of a time that doesn't come again. */
  beginSegment(): void {
    this.#latestByKind.clear();
    this.#budgets.clear();
    this.#mutedIds.clear();
  }

  current(): readonly Alert[] {
    const open = [...this.#open.values()].map((incident) =>
      alertOf(incident, incident.count > incident.printedCount ? 'ongoing' : 'new'),
    );
    return [...open.sort((a, b) => b.firstSeenUs - a.firstSeenUs), ...this.#ended];
  }

  acknowledge(id: string): void {
    for (const incident of this.#open.values())
      if (incident.id === id) incident.acknowledged = true;
  }

  /** Nothing more of this incident until then: its kind, source and destination. */
  mute(id: string, untilUs: number): void {
    for (const [key, incident] of this.#open) {
      if (incident.id !== id) continue;
      this.#mutedIds.set(key, untilUs);
      incident.acknowledged = true;
    }
  }

  #begin(key: string, finding: Finding, nowUs: number): void {
    if (!this.#takeBudget(finding.kind, nowUs)) {
      this.#fold(finding, nowUs);
      return;
    }
    if (this.#open.size >= OPEN_CAP) this.#endQuietest();
    const incident: Incident = {
      key,
      id: incidentId(finding),
      finding,
      severity: severityOf(finding),
      firstSeenUs: finding.firstSeenUs,
      lastSeenUs: finding.lastSeenUs,
      count: finding.total ?? finding.add ?? 1,
      printedCount: 0,
      printedUs: 0,
      printedSeverity: 'info',
      acknowledged: false,
      furtherCount: 0,
      furtherSample: new Set(),
    };
    this.#open.set(key, incident);
    this.#latestByKind.set(finding.kind, incident);
    this.#print(incident, 'new', nowUs);
  }

  #grow(incident: Incident, finding: Finding, nowUs: number): void {
    incident.count =
      finding.total === undefined
        ? incident.count + (finding.add ?? 1)
        : Math.max(incident.count, finding.total);
    incident.finding = finding;
    incident.lastSeenUs = Math.max(incident.lastSeenUs, finding.lastSeenUs);
    const severity = severityOf(finding);
    if (rank(severity) > rank(incident.severity)) incident.severity = severity;
    const risen = rank(incident.severity) > rank(incident.printedSeverity);
    if (risen || incident.count >= incident.printedCount * GROWTH)
      this.#print(incident, 'ongoing', nowUs);
  }

  #fold(finding: Finding, nowUs: number): void {
    this.ledger.forget(`incidents of ${finding.kind} folded together`);
    const incident = this.#latestByKind.get(finding.kind);
    if (!incident || this.#open.get(incident.key) !== incident) return;
    const who = finding.source?.address ?? finding.source?.mac ?? finding.destination?.address;
    if (who && incident.furtherSample.size < 16) incident.furtherSample.add(who);
    incident.furtherCount += 1;
    incident.lastSeenUs = Math.max(incident.lastSeenUs, finding.lastSeenUs, nowUs);
  }

  #takeBudget(kind: Kind, nowUs: number): boolean {
    let budget = this.#budgets.get(kind);
    if (!budget) {
      budget = { tokens: NEW_BURST, lastUs: nowUs };
      this.#budgets.set(kind, budget);
    }
    const refill = (Math.max(0, nowUs - budget.lastUs) / 1e6) * NEW_PER_SECOND;
    budget.tokens = Math.min(NEW_BURST, budget.tokens + refill);
    budget.lastUs = nowUs;
    if (budget.tokens < 1) return false;
    budget.tokens -= 1;
    return true;
  }

  #print(incident: Incident, state: Alert['state'], nowUs: number): void {
    incident.printedCount = incident.count;
    incident.printedUs = nowUs;
    incident.printedSeverity = incident.severity;
    this.#printed.push(alertOf(incident, state));
  }

  #end(incident: Incident): void {
    this.#open.delete(incident.key);
    const alert = alertOf(incident, 'ended');
    this.#printed.push(alert);
    this.#ended = [alert, ...this.#ended].slice(0, ENDED_CAP);
  }

  #endQuietest(): void {
    let quietest: Incident | null = null;
    for (const incident of this.#open.values()) {
      if (!quietest || incident.lastSeenUs < quietest.lastSeenUs) quietest = incident;
    }
    if (quietest) this.#end(quietest);
    this.ledger.forget('open incidents ended early');
  }

  #allowed(finding: Finding): boolean {
    return this.settings.data.allow.some((entry) => {
      if (entry.domains.length > 0) return false;
      if (entry.kinds.length > 0 && !entry.kinds.includes(finding.kind)) return false;
      if (entry.ports.length > 0) {
        const ports = [finding.port, finding.destination?.port, finding.source?.port];
        if (!entry.ports.some((port) => ports.includes(port))) return false;
      }
      if (entry.networks.length === 0) return true;
      const parties = partyAddresses(finding);
      return entry.networks.some((network) =>
        parties.some((bytes) => containsAddress(network, bytes)),
      );
    });
  }

  #muted(finding: Finding, nowUs: number): boolean {
    const until = this.#mutedIds.get(`${finding.kind}\n${finding.key}`);
    if (until !== undefined) {
      if (nowUs < until) return true;
      this.#mutedIds.delete(`${finding.kind}\n${finding.key}`);
    }
    return this.#mutes.some(
      (mute) =>
        nowUs < mute.untilUs &&
        (mute.kind === null || mute.kind === finding.kind) &&
        (mute.network === null ||
          partyAddresses(finding).some((bytes) => containsAddress(mute.network!, bytes))),
    );
  }
}

function partyAddresses(finding: Finding): Uint8Array[] {
  const texts = [finding.source?.address, finding.destination?.address];
  return texts.flatMap((text) => (text ? (parseAddress(text) ?? []) : []));
}

const rank = (severity: Severity): number => severities.indexOf(severity);

function severityOf(finding: Finding): Severity {
  return finding.severity ?? vocabulary[finding.kind].severity;
}

function incidentId(finding: Finding): string {
  const who = (party: AlertParty | null): string =>
    party ? `${party.address ?? ''}|${party.mac ?? ''}|${party.port ?? ''}` : '';
  const text = `${finding.kind}\n${finding.key}\n${who(finding.source)}\n${who(finding.destination)}\n${finding.firstSeenUs}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function alertOf(incident: Incident, state: Alert['state']): Alert {
  const { finding } = incident;
  return {
    id: incident.id,
    state,
    kind: finding.kind,
    severity: incident.severity,
    technique: vocabulary[finding.kind].technique,
    source: finding.source,
    destination: finding.destination,
    protocol: finding.protocol,
    interface: finding.interface,
    firstSeenUs: incident.firstSeenUs,
    lastSeenUs: incident.lastSeenUs,
    // Rules know the run clock only: the monitor puts the wall clock in where they differ.
    wallUs: incident.lastSeenUs,
    count: incident.count,
    message: finding.message,
    evidence: {
      unit: finding.unit,
      spoofable: finding.spoofable,
      confidence: finding.confidence,
      ...(finding.sources ? { sources: finding.sources } : {}),
      ...(finding.targets ? { targets: finding.targets } : {}),
      ...finding.evidence,
      ...(incident.acknowledged ? { acknowledged: true } : {}),
      ...(incident.furtherCount > 0
        ? { further: { count: incident.furtherCount, sample: [...incident.furtherSample] } }
        : {}),
    },
    threshold: finding.threshold,
  };
}
