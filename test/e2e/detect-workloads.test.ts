// Honest workloads, as captures through the real program: an alert of medium or above on any of them is a defect.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { classicCapture } from '../support/capture-writer.js';
import { honestWorkloads } from '../support/honest-workloads.js';
import { lastLines } from '../support/labels.js';
import { recordHonest } from '../support/live-detection.js';
import { startProgram } from '../support/program.js';
import { Traffic } from '../support/traffic.js';

let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'workloads-'));
});

after(() => rmSync(folder, { recursive: true }));

describe('honest workloads', () => {
  for (const [name, fill] of Object.entries(honestWorkloads)) {
    test(name, async () => {
      const traffic = new Traffic();
      fill(traffic);
      const file = join(folder, 'workload.pcap');
      writeFileSync(file, classicCapture(traffic.packets));
      const program = startProgram(['--pcap', file, '--json', '--limit', '0']);
      const { status } = await program.exit(90_000);
      assert.equal(status, 0, program.stderr);
      const alerts = lastLines(program.lines);
      if (process.env['KNP_SHOW'])
        console.log(alerts.map((a) => `${a['kind']} ${a['severity']} ${a['message']}`));
      assert.deepEqual(recordHonest(name, alerts), []);
    });
  }
});
