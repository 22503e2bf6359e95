// Password guessers against a real sshd are named in time; scripts that log in by key, however often, are not.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { type Attack, missingTool, Watch } from '../support/live-detection.js';
import { makePair, type Pair } from '../support/namespaces.js';
import { missingSshd, startSshServer } from '../support/ssh-server.js';

const server = '10.77.0.2';
const attacker = '10.77.0.1';
/** Where the kernel does not follow dialogues to their end. */
const OWN_PORT = 2200;
const skip = missingSshd() || missingTool('ssh', 'ssh-keygen');

let pair: Pair;
let watch: Watch;
let folder: string;
let ssh: string;

before(() => {
  if (skip) return;
  pair = makePair('dl');
  watch = new Watch(pair.right);
  folder = mkdtempSync(join(tmpdir(), 'logins-'));
  const { clientOptions } = startSshServer(folder, pair.right, [22, OWN_PORT]);
  ssh = `ssh ${clientOptions} root@${server}`;
  writeFileSync(
    join(folder, 'passwords'),
    Array.from({ length: 400 }, (_, i) => `wrong${i}`).join('\n'),
  );
  const up = `for i in $(seq 50); do ${ssh} true && exit 0; sleep 0.1; done; exit 1`;
  const { status, stderr } = pair.left.run('bash', '-c', up);
  assert.equal(status, 0, stderr);
});

afterEach(() => watch?.killAll());

after(() => {
  pair?.remove();
  if (folder) rmSync(folder, { recursive: true });
});

/** The tool is ended when it has been found: some wait for minutes for a server that has closed. */
async function isFound(tool: string, ...command: Attack['command']): Promise<void> {
  await isFoundOn(22, tool, ...command);
}

async function isFoundOn(port: number, tool: string, ...command: Attack['command']): Promise<void> {
  const attack: Attack = { kind: 'brute_force', tool, command, source: attacker, runsOn: true };
  const alerts = await watch.attackAll(pair.left, [attack]);
  const alert = alerts.find(({ kind }) => kind === 'brute_force');
  assert.deepEqual(alert?.['destination'], { address: server, port });
  assert.equal(alert?.['evidence'].service, 'SSH');
}

const hydra = (port: number): Attack['command'] => [
  'hydra',
  '-q',
  '-t',
  '4',
  '-s',
  String(port),
  '-l',
  'root',
  '-P',
  passwords(),
  `ssh://${server}`,
];

const passwords = (): string => join(folder, 'passwords');

describe('passwords tried on a real sshd', { skip }, () => {
  test('by hydra, four at once, six tries a session', { skip: missingTool('hydra') }, () =>
    isFound('hydra ssh', ...hydra(22)),
  );

  test('by hydra, on a port of its own', { skip: missingTool('hydra') }, () =>
    isFoundOn(OWN_PORT, 'hydra ssh, port 2200', ...hydra(OWN_PORT)),
  );

  test('and the log-in that works afterwards', { skip: missingTool('hydra') }, async () => {
    const guess = { kind: 'brute_force', tool: 'hydra ssh', command: hydra(22), source: attacker };
    const alerts = await watch.attackAll(pair.left, [
      { ...guess, runsOn: true },
      {
        kind: 'login_after_brute_force',
        tool: 'ssh after hydra',
        command: ['bash', '-c', `${ssh} true`],
        source: attacker,
      },
    ]);
    const alert = alerts.find(({ kind }) => kind === 'login_after_brute_force');
    assert.equal(alert?.['severity'], 'critical');
    assert.deepEqual(alert?.['destination'], { address: server, port: 22 });
  });

  test('by medusa, one after the other', { skip: missingTool('medusa') }, () =>
    isFound('medusa ssh', 'medusa', '-h', server, '-u', 'root', '-P', passwords(), '-M', 'ssh'),
  );

  test('by ssh itself, one a session', { skip: missingTool('sshpass') }, () =>
    isFound(
      'sshpass',
      'bash',
      '-c',
      `for i in $(seq 20); do sshpass -p wrong$i ${ssh} -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 true; done`,
    ),
  );
});

describe('honest log-ins to a real sshd', { skip }, () => {
  async function assertSilent(name: string, script: string): Promise<void> {
    const alerts = await watch.judge(name, () => {
      const { status, stderr } = pair.left.run('bash', '-c', script);
      assert.equal(status, 0, stderr);
    });
    assert.deepEqual(alerts, []);
  }

  test('a script that logs in, copies and runs something, twenty times without a pause', async () => {
    const script = `for i in $(seq 10); do ${ssh} 'mkdir -p /tmp; echo ok' && ${ssh} 'cat >/dev/null' </proc/cpuinfo || exit 1; done`;
    await assertSilent('twenty ssh log-ins by key', script);
  });

  test('the same on a port of its own', async () => {
    const own = ssh.replace('ssh -F', `ssh -p ${OWN_PORT} -F`);
    const script = `for i in $(seq 15); do ${own} 'echo ok' && ${own} 'cat >/dev/null' </proc/cpuinfo || exit 1; done`;
    await assertSilent('thirty ssh log-ins by key, port 2200', script);
  });

  test('eight at once, each offering three wrong keys first', async () => {
    const keys = ['one', 'two', 'three'].map((name) => join(folder, name));
    const make = keys.map((key) => `ssh-keygen -q -t ed25519 -N '' -f ${key}`).join(' && ');
    const offer = `-o IdentitiesOnly=yes ${keys.map((key) => `-i ${key}`).join(' ')}`;
    const logIn = ssh.replace('ssh -F', `ssh ${offer} -F`);
    const script = `${make}; for i in $(seq 8); do ${logIn} true & done; wait`;
    await assertSilent('eight ssh log-ins at once, wrong keys first', script);
  });
});
