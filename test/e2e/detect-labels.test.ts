// Every labelled capture through the real program: what a detector must and should say of it, and what it must not.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { corpusFolder } from '../support/conformance/truth.js';
import { recordDetection } from '../support/detection-results.js';
import { type Label, lastLines, readLabels, type Score, scoreAlerts } from '../support/labels.js';
import { serviceOf } from '../support/live-detection.js';
import { type Line, startProgram } from '../support/program.js';

const SHOULD_SHARE = 0.8;
/** The rest are parser tests without a score: the conformance suite runs them. */
const labels = new Map([...readLabels()].filter(([, label]) => label.class !== 'parser'));
const scores = new Map<string, { label: Label; score: Score }>();

async function judge(name: string, label: Label): Promise<void> {
  const program = startProgram([
    '--pcap',
    join(corpusFolder, 'pcap', name),
    '--json',
    '--limit',
    '0',
  ]);
  const { status } = await program.exit(300_000);
  assert.equal(status, 0, program.stderr);
  const score = scoreAlerts(label, program.lines);
  scores.set(name, { label, score });
  record(name, label, score, program.lines);
  assert.deepEqual(score.missedMust, [], `missed; found: ${score.found.join(', ') || 'nothing'}`);
  assert.deepEqual(score.falseAlerts, [], 'false alerts');
  assert.deepEqual(score.noise, [], 'more alerts than attacks');
}

function record(name: string, label: Label, score: Score, lines: readonly Line[]): void {
  const on = name.split('-')[0]!;
  const falseKinds = score.falseAlerts.map((alert) => alert.split(' ')[0]!);
  const missed = new Set([...score.missedMust, ...score.missedShould]);
  const wanted = label.expect.filter(({ level }) => level !== 'may');
  for (const { kind } of wanted) {
    const service = serviceOf(lastLines(lines).find((alert) => alert['kind'] === kind));
    const found = !missed.has(kind);
    recordDetection({ kind, on, by: 'capture', found, delaySeconds: null, service, falseKinds });
  }
  if (wanted.length === 0)
    recordDetection({ kind: null, on, by: 'honest', found: false, delaySeconds: null, falseKinds });
}

function table(): string {
  const rows = [...scores].map(([name, { label, score }]) => {
    const wanted = label.expect.filter(({ level }) => level !== 'may');
    const missed = [...score.missedMust, ...score.missedShould];
    const of = wanted
      .map(({ kind, level }) => `${kind}${level === 'should' ? '?' : ''}`)
      .join(', ');
    return `${name} | ${of || '-'} | ${missed.join(', ') || '-'} | ${score.falseAlerts.length}`;
  });
  return ['capture | wanted (? = should) | missed | false', ...rows].join('\n');
}

describe('detection on the labelled captures', { concurrency: 2 }, () => {
  if (labels.size === 0) {
    test('labelled captures', { skip: `no labels.json in ${corpusFolder}` }, () => undefined);
  }
  for (const [name, label] of labels) test(name, () => judge(name, label));
});

describe('detection over all labelled captures', () => {
  test('four in five of what a tuned detector should find', {
    skip: labels.size === 0 && 'no labels.json',
  }, (context) => {
    const should = [...scores.values()].flatMap(({ label }) =>
      label.expect.filter(({ level }) => level === 'should'),
    );
    const missed = [...scores].flatMap(([name, { score }]) =>
      score.missedShould.map((kind) => `${name}: ${kind}`),
    );
    context.diagnostic(table());
    assert.equal(scores.size, labels.size, 'every capture was run');
    assert.ok(
      missed.length <= should.length * (1 - SHOULD_SHARE),
      `missed ${missed.length} of ${should.length}: ${missed.join(', ')}`,
    );
  });
});
