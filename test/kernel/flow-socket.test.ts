// What the programs say of a flow (new, known, refused) and what they write beside it, with both flow tables. Needs root.
import { strict as assert } from 'node:assert';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadNative } from '../../src/core/native/load.js';
import { projectRoot } from '../support/program.js';

const folder = mkdtempSync(join(tmpdir(), 'knp-flow-socket-'));
const program = join(folder, 'flow_socket');
execFileSync('clang', [
  ...['-O1', '-Wall', '-Wextra', '-Werror', join(projectRoot(), 'test/kernel/flow_socket.c')],
  ...['-o', program, '-lbpf', '-lelf', '-lz'],
]);
after(() => rmSync(folder, { recursive: true }));

const hasOwnTable = loadNative().probe()['compareAndSwap'] === true;

for (const [object, skip] of [
  ['network_monitor', hasOwnTable ? false : 'this kernel has no compareAndSwap'],
  ['network_monitor_hash', false],
] as const) {
  describe(`flow novelty and sockets in ${object}`, { skip }, () => {
    const { status, stdout, stderr } = skip
      ? { status: 0, stdout: '', stderr: '' }
      : spawnSync(program, [join(projectRoot(), 'build/bpf', `${object}.o`)], { encoding: 'utf8' });
    const lines = stdout.split('\n').filter((line) => line !== '');

    it('runs to its end', () => assert.equal(lines.length, 8, `${status}: ${stdout}${stderr}`));
    for (const line of lines) {
      it(line.replace(/^(not )?ok /, ''), () => assert.match(line, /^ok /));
    }
  });
}
