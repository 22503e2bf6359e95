// The built bundle draws its screen on every Node.js that package.json promises, whatever Ink and its kin declare. Needs root.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
// @ts-expect-error a build script without types
import { nodeVersions } from '../../scripts/node-releases.mjs';
import { makePair, type Pair } from '../support/namespaces.js';
import { programPath } from '../support/program.js';
import { Terminal } from '../support/terminal.js';

let pair: Pair;
before(() => {
  pair = makePair('nod');
});
after(() => pair.remove());

/** As scripts/cache.mjs has it: fetched by `npm run test:nodes`. */
const cache = join(
  process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
  'kubenetprobe-top/node',
);

const binaryOf = (version: string): string =>
  version === process.versions.node
    ? process.execPath
    : join(cache, `x64-${version}/package/bin/node`);

const isPromised = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 20 || (major === 20 && minor >= 19);
};

const versions: readonly string[] = [...new Set<string>([process.versions.node, ...nodeVersions])];

for (const version of versions) {
  const binary = binaryOf(version);
  const isHere = process.arch === 'x64' && existsSync(binary);
  const skip = isHere ? false : `Node ${version} is not in ${cache}: npm run test:nodes fetches it`;
  test(`Node ${version} draws a frame, takes a key and ends with 0`, { skip }, async () => {
    assert.ok(isPromised(version));
    const [file, argv] = pair.left.command(binary, programPath, pair.leftInterface);
    const screen = new Terminal(file, argv, { columns: 120, rows: 40 });
    try {
      await screen.until('table', (text) => /veth0 .*up \d+s/.test(text), 60_000);
      assert.match(screen.lines().join('\n'), /SOURCE +DESTINATION/);
      screen.type('?');
      await screen.until('help', (text) => /quit/.test(text), 30_000);
      screen.type('\u001b');
      await screen.until('table again', (text) => /\? help +\/ filter/.test(text), 30_000);
      screen.type('q');
      assert.equal((await screen.exit()).status, 0);
      assert.equal(screen.onAlternateScreen, false);
    } finally {
      screen.close();
    }
  });
}
