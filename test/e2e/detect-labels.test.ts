// Every labelled capture through the real program: what a detector must and should say of it, and what it must not.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { corpusFolder } from '../support/conformance/truth.js';
import { type Label, readLabels, type Score, scoreAlerts } from '../support/labels.js';
import { startProgram } from '../support/program.js';

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
  const { status } = await program.exit(60_000);
  assert.equal(status, 0, program.stderr);
  const score = scoreAlerts(label, program.lines);
  scores.set(name, { label, score });
  assert.deepEqual(score.missedMust, [], `missed; found: ${score.found.join(', ') || 'nothing'}`);
  assert.deepEqual(score.falseAlerts, [], 'false alerts');
  assert.deepEqual(score.noise, [], 'more alerts than attacks');
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
