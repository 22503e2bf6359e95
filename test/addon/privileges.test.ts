// Giving up privileges while threads are born and end all the time: none is left out, and those born afterwards are no failure. Needs root.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { addonFile } from '../support/hooked-programs.js';
import { patience } from '../support/program.js';

const nobody = 65534;
/** Emulated, a run takes a minute. */
const runs = patience === 1 ? 5 : 1;

/** Makers of threads work on while the main thread drops; then every thread tells what it is. One line of JSON: users, groups, capabilities. */
const script = `
const { Worker } = require('node:worker_threads');
const { readdirSync, readFileSync } = require('node:fs');
const native = require(process.argv[1]);
const maker = \`
  const { Worker, parentPort } = require('node:worker_threads');
  const makeNext = (told) => new Worker('', { eval: true }).once('exit', () => {
    if (!told) parentPort.postMessage('one has come and gone');
    makeNext(true);
  });
  makeNext(false);
\`;
const makers = Array.from({ length: 3 }, () => new Worker(maker, { eval: true }));
Promise.all(makers.map((one) => new Promise((resolve) => one.once('message', resolve)))).then(() => {
  native.dropPrivileges({ uid: ${nobody}, gid: ${nobody} }, []);
  const rows = new Set();
  for (const thread of readdirSync('/proc/self/task').filter((name) => /^\\d+$/.test(name))) {
    let text;
    try {
      text = readFileSync('/proc/self/task/' + thread + '/status', 'latin1');
    } catch (error) {
      // It has ended since it was listed.
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
      continue;
    }
    rows.add(['Uid', 'Gid', 'Groups', 'CapPrm', 'CapBnd'].map((name) =>
      new RegExp('^' + name + ':(.*)$', 'm').exec(text)[1].trim().replace(/\\s+/g, ' ')).join('; '));
  }
  process.stdout.write(JSON.stringify([...rows]));
  process.exit(0);
});
`;

test('threads that are born while privileges are dropped have dropped, too', () => {
  const one = `${nobody} ${nobody} ${nobody} ${nobody}`;
  const none = '0000000000000000';
  for (let run = 0; run < runs; run++) {
    const result = spawnSync(process.execPath, ['-e', script, addonFile()], {
      encoding: 'utf8',
      timeout: 120_000 * patience,
    });
    assert.equal(result.status, 0, result.stderr);
    assert.deepEqual(JSON.parse(result.stdout), [`${one}; ${one}; ; ${none}; ${none}`]);
  }
});
