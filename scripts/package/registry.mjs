// A package registry on loopback that serves only our package: verdaccio, installed once into the cache.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../cache.mjs';
import { nodeRelease } from '../node-releases.mjs';
import { BuildError, run } from '../toolchain.mjs';

function verdaccio() {
  const folder = cacheFolder('verdaccio');
  const entry = join(folder, 'node_modules/verdaccio/bin/verdaccio');
  if (existsSync(entry)) return entry;
  // The version of node-fetch that verdaccio pins is no longer published.
  const manifest = {
    private: true,
    dependencies: { verdaccio: '^6.10.4' },
    overrides: { 'node-fetch': '2.7.0' },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  run('npm', ['install', '--ignore-scripts', '--loglevel=error'], { cwd: folder, capture: true });
  return entry;
}

const settings = (storage) => `storage: ${storage}
web: { enable: false }
auth: { htpasswd: { file: ${join(storage, 'htpasswd')}, algorithm: bcrypt, rounds: 4 } }
uplinks: {}
packages: { '**': { access: $all, publish: $authenticated } }
log: { type: stdout, level: error }
`;

/** Starts it, with a command prefix inside a network namespace; resolves with {url, publish, stop}. */
export async function startRegistry({ port, prefix = [] }) {
  const storage = mkdtempSync(join(tmpdir(), 'knp-registry-'));
  const config = join(storage, 'config.yaml');
  writeFileSync(config, settings(storage));
  const [file, ...args] = [
    ...prefix,
    nodeRelease('22.23.3'),
    verdaccio(),
    '--config',
    config,
    '--listen',
    `127.0.0.1:${port}`,
  ];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: storage });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (words += part));
  const url = `http://127.0.0.1:${port}`;
  const npmrc = join(storage, 'npmrc');
  const ask = (...command) =>
    run(
      prefix[0] ?? command[0],
      [...prefix.slice(1), ...(prefix.length > 0 ? command : command.slice(1))],
      { capture: true },
    );
  const account = JSON.stringify({ name: 'proof', password: 'proof-of-package' });
  const signUp = `fetch('${url}/-/user/org.couchdb.user:proof', { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '${account}' }).then((answer) => answer.json()).then((answer) => process.stdout.write(answer.token ?? '')).catch(() => {})`;
  let token = '';
  for (let tries = 0; tries < 60 && token === '' && child.exitCode === null; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    token = ask(process.execPath, '-e', signUp);
  }
  if (token === '') throw new BuildError(`the registry did not start: ${words}`);
  writeFileSync(npmrc, `registry=${url}/\n//127.0.0.1:${port}/:_authToken=${token}\n`);
  return {
    url,
    publish: (tarball) => ask('npm', 'publish', tarball, '--userconfig', npmrc, '--loglevel=error'),
    stop() {
      child.kill('SIGKILL');
      rmSync(storage, { recursive: true, force: true });
    },
  };
}
