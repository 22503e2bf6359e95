// Every capture of the corpus through the real program, compared with its ground truth: all equal but for docs/conformance.md.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { compareWithTruth } from '../support/conformance/compare.js';
import { knownDifferences } from '../support/conformance/differences.js';
import { retimed, runCapture } from '../support/conformance/run-capture.js';
import {
  corpusCaptures,
  corpusFolder,
  readTruth,
  readTruthFlows,
  viewFor,
} from '../support/conformance/truth.js';

const differences = knownDifferences();
const captures = corpusCaptures();
const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
after(() => rmSync(folder, { recursive: true }));

/** 4,771 packets spread evenly over a day. */
const tooManyTicks = new Set(['A09-backscatter.pcap']);

async function judge(path: string, tunnels: 'inner' | 'outer'): Promise<void> {
  const truth = readTruth(path);
  const view = viewFor(truth, tunnels);
  const name = basename(path);
  const file = tooManyTicks.has(name) ? retimed(path, join(folder, name)) : path;
  const { status, stderr, summary } = await runCapture(file, '--tunnels', tunnels);
  assert.equal(status, 0, stderr);
  const findings = compareWithTruth(truth, view, readTruthFlows(path, view), summary);
  const known = differences
    .filter((row) => row.capture === name && row.tunnels === tunnels)
    .map(({ finding }) => finding);
  assert.deepEqual(
    findings.filter((finding) => !known.includes(finding)),
    [],
    'differs from truth',
  );
  assert.deepEqual(
    known.filter((finding) => !findings.includes(finding)),
    [],
    'docs/conformance.md names a difference that is none any more',
  );
}

describe('conformance with the corpus', { concurrency: 2 }, () => {
  if (captures.length === 0) {
    test('all captures', { skip: `no captures in ${corpusFolder}` }, () => undefined);
  }
  for (const path of captures) {
    test(basename(path), () => judge(path, 'inner'));
    if (readTruth(path).inner_all ?? readTruth(path).inner_core) {
      test(`${basename(path)}, outer`, () => judge(path, 'outer'));
    }
  }
  test('docs/conformance.md names captures of the corpus only', {
    skip: captures.length === 0 && 'no captures',
  }, () => {
    const names = new Set(captures.map((path) => basename(path)));
    assert.deepEqual(
      differences.filter(({ capture }) => !names.has(capture)),
      [],
    );
  });
});
