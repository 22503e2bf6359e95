// Scores alerts against the corpus's labels.json, as its `how_to_read` says.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { containsAddress, parseNetwork } from '../../src/core/detect/network.js';
import { parseAddress } from '../../src/core/format/parse-address.js';
import { severities } from '../../src/core/model/alert.js';
import { corpusFolder } from './conformance/truth.js';
import type { Line } from './program.js';

export interface Expectation {
  readonly kind: string;
  readonly level: 'must' | 'should' | 'may';
  readonly sources?: readonly string[];
  readonly targets?: readonly string[];
  readonly accept?: readonly string[];
}

export interface Label {
  readonly class: 'attack' | 'benign' | 'parser';
  readonly expect: readonly Expectation[];
  readonly must_not: readonly string[];
}

export interface Score {
  readonly found: readonly string[];
  readonly missedMust: readonly string[];
  readonly missedShould: readonly string[];
  readonly falseAlerts: readonly string[];
  readonly noise: readonly string[];
}

const IDS_OF_ONE = 3;
const IDS_OF_A_KIND = 20;

export function readLabels(): ReadonlyMap<string, Label> {
  const file = join(corpusFolder, 'labels.json');
  if (!existsSync(file)) return new Map();
  const { captures } = JSON.parse(readFileSync(file, 'utf8')) as {
    captures: Record<string, Label>;
  };
  return new Map(Object.entries(captures));
}

/** Each alert once, by its last line. */
export function lastLines(lines: readonly Line[]): Line[] {
  const byId = new Map<string, Line>();
  for (const line of lines) if (line['type'] === 'alert') byId.set(line['id'], line);
  return [...byId.values()];
}

function fits(patterns: readonly string[], party: Line | null, group: Line | undefined): boolean {
  const names: string[] = [party?.['address'], party?.['mac'], ...(group?.['sample'] ?? [])].filter(
    Boolean,
  );
  return patterns.some((pattern) => {
    if (pattern.startsWith('*')) return party === null;
    const range = parseNetwork(pattern);
    return names.some((name) => {
      if (name.toLowerCase() === pattern.toLowerCase()) return true;
      const address = range && parseAddress(name);
      return address ? containsAddress(range, address) : false;
    });
  });
}

/** Matched by a source or target, if the label has them. */
function matches(expected: Expectation, alert: Line): boolean {
  const kinds = [expected.kind, ...(expected.accept ?? [])];
  if (!kinds.includes(alert['kind'])) return false;
  const sources = expected.sources ?? [];
  const targets = expected.targets ?? [];
  if (sources.length + targets.length === 0) return true;
  const { evidence } = alert;
  return (
    (sources.length > 0 && fits(sources, alert['source'], evidence['sources'])) ||
    (targets.length > 0 && fits(targets, alert['destination'], evidence['targets']))
  );
}

export function scoreAlerts(label: Label, lines: readonly Line[]): Score {
  const alerts = lastLines(lines);
  const missed = (level: Expectation['level']): string[] =>
    label.expect
      .filter((one) => one.level === level && !alerts.some((alert) => matches(one, alert)))
      .map((one) => one.kind);
  return {
    found: alerts.map((alert) => `${alert['kind']} ${alert['severity']}`),
    missedMust: missed('must'),
    missedShould: missed('should'),
    falseAlerts: falseAlerts(label, alerts),
    noise: noise(label, alerts),
  };
}

function falseAlerts(label: Label, alerts: readonly Line[]): string[] {
  const expected = new Set(label.expect.flatMap((one) => [one.kind, ...(one.accept ?? [])]));
  return alerts
    .filter(({ severity }) => severities.indexOf(severity) >= severities.indexOf('medium'))
    .filter(
      ({ kind }) =>
        label.must_not.includes(kind) || (label.must_not.includes('*') && !expected.has(kind)),
    )
    .map((alert) => `${alert['kind']} ${alert['severity']}: ${alert['message']}`);
}

function noise(label: Label, alerts: readonly Line[]): string[] {
  const found: string[] = [];
  const count = (keys: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts;
  };
  for (const { kind } of label.expect) {
    const sources = alerts
      .filter((alert) => alert['kind'] === kind)
      .map((alert) => String(alert['source']?.address ?? alert['source']?.mac));
    for (const [source, ids] of count(sources)) {
      if (ids > IDS_OF_ONE) found.push(`${ids} alerts ${kind} of ${source}`);
    }
  }
  for (const [kind, ids] of count(alerts.map((alert) => alert['kind']))) {
    if (ids > IDS_OF_A_KIND) found.push(`${ids} alerts ${kind}`);
  }
  return found;
}
