// The examples as they stand, each run in a namespace by this Node, with `kubenetprobe-top` as the package itself. Needs root and clang.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadNative } from '../../src/core/native/load.js';
import { makePair, type Pair, uniqueName } from '../support/namespaces.js';
import { projectRoot } from '../support/program.js';

let pair: Pair;
let folder: string;
const examples = join(projectRoot(), 'examples');

before(() => {
  pair = makePair('ke');
  folder = mkdtempSync(join(tmpdir(), 'ke-'));
});

after(() => {
  pair.remove();
  rmSync(folder, { recursive: true });
});

/** The build line that stands in the file's head. */
function build(name: string): string {
  const source = join(examples, `${name}.bpf.c`);
  const line = /^ \*\s+(clang -target bpf .*)$/m.exec(readFileSync(source, 'utf8'))?.[1];
  assert.ok(line, 'the example says how it is built');
  execFileSync('sh', ['-c', line.replace(`${name}.bpf.c`, source)], { cwd: folder });
  return join(folder, `${name}.bpf.o`);
}

class Example {
  readonly #child: ChildProcess;
  output = '';

  constructor(file: string, ...args: string[]) {
    this.#child = pair.left.start(process.execPath, join(examples, file), ...args);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
  }

  async until(words: RegExp): Promise<RegExpExecArray> {
    for (let look = 0; look < 300; look++) {
      const match = words.exec(this.output);
      if (match) return match;
      assert.equal(this.#child.exitCode, null, `it ended without ${words}:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`no ${words} in 30 s:\n${this.output}`);
  }

  /** Ctrl-C, as its user would. */
  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGINT');
    assert.equal(await ended, 0, this.output);
  }
}

const traffic = () => pair.right.start('ping', '-q', '-i', '0.01', pair.leftAddress);

test('top-flows prints the flows of an interface', async () => {
  const example = new Example('top-flows.mjs', 'veth0');
  traffic();
  await example.until(/ICMP.*10\.77\.0\.2.*10\.77\.0\.1/);
  await example.end();
});

test('alert-on-own-map raises its alarm from the map of custom-counters', async () => {
  const example = new Example('alert-on-own-map.mjs', build('custom-counters'), 'veth0', '20');
  traffic();
  const [, text] = await example.until(/^(\{"alarm".*\})$/m);
  const alarm = JSON.parse(text!) as { alarm: string; framesPerSecond: number };
  assert.match(alarm.alarm, /^DIRECTION_(IN|OUT) 0x0800$/);
  assert.ok(alarm.framesPerSecond > 20);
  await example.end();
});

test('exec-log prints what is started, and counts it', {
  skip: loadNative().probe()['kernelBtf'] !== true && 'needs BTF of the kernel',
}, async () => {
  const example = new Example('exec-log.mjs', build('exec-counter'), 'veth0');
  await example.until(/"most":/);
  // A command that nobody else starts.
  const command = uniqueName('kx');
  copyFileSync('/bin/true', join(folder, command));
  for (let times = 0; times < 50; times++) execFileSync(join(folder, command));
  const [, line] = await example.until(new RegExp(`^(\\{"started":"${command}".*\\})$`, 'm'));
  assert.equal((JSON.parse(line!) as { user: number }).user, 0);
  const [, tasks] = await example.until(
    new RegExp(`"command":"${command}","starts":50\\}.*"tasks":(\\d+)\\}`),
  );
  assert.ok(Number(tasks) > 1);
  await example.end();
});

test('alert-on-own-map says what is wrong with its file', () => {
  const script = join(examples, 'alert-on-own-map.mjs');
  const { status, stderr } = pair.left.run(process.execPath, script, script, 'veth0');
  assert.equal(status, 2);
  assert.match(stderr, /no ELF file\n {2}compile it with/);
});

test('flows-to-csv prints a head and flows, and ends when its time is over', () => {
  traffic();
  const script = join(examples, 'flows-to-csv.mjs');
  const { status, stdout, stderr } = pair.left.run(process.execPath, script, 'veth0', '5');
  assert.equal(status, 0, stderr);
  const [head, ...rows] = stdout.trimEnd().split('\n');
  assert.equal(head?.split(',').length, 9);
  assert.ok(rows.length >= 1, stderr);
  for (const row of rows) {
    assert.match(
      row,
      /^\d{4}-\d\d-\d\dT[\d:.]+Z,[\w-]+,[\da-f.:]*,\d*,[\da-f.:]*,\d*,\d+,\d+,\d+$/,
    );
  }
  assert.match(stderr, /^\d+ ticks skipped$/m);
});

test('prometheus serves counters, and says what is wrong with its interface', async () => {
  const example = new Example('prometheus.mjs', 'veth0', '0');
  traffic();
  const [url] = await example.until(/http:\/\/127\.0\.0\.1:\d+\/metrics/);
  const wanted = 'network_protocol_packets_total{protocol="ICMP",direction="received"}';
  const script = `
    for (;;) {
      const response = await fetch(${JSON.stringify(url)});
      const text = await response.text();
      const line = text.split('\\n').find((one) => one.startsWith(${JSON.stringify(wanted)}));
      if (Number(line?.split(' ').at(-1)) > 0) { console.log(text); break; }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  `;
  const reader = pair.left.run(process.execPath, '--input-type=module', '-e', script);
  const lines = reader.stdout.trimEnd().split('\n');
  const unusual = lines.filter((line) => !/^[a-z_]+(\{(\w+="[^"]*",?)+\})? \d+$/.test(line));
  assert.deepEqual(unusual, [], reader.stderr);
  await example.end();
  const none = pair.left.run(process.execPath, join(examples, 'prometheus.mjs'), 'nowhere0');
  assert.equal(none.status, 5);
  assert.match(none.stderr, /^no interface is called "nowhere0"\n {2}There are: /);
});

test('http-stream serves ticks as lines of JSON', async () => {
  const example = new Example('http-stream.mjs', 'veth0', '0');
  traffic();
  const [url] = await example.until(/http:\/\/127\.0\.0\.1:\d+\//);
  const script = `
    const response = await fetch(${JSON.stringify(url)});
    let text = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const lines = text.split('\\n').slice(0, -1).map((line) => JSON.parse(line));
      if (lines.filter(({ type }) => type === 'tick').length >= 2) break;
    }
    console.log(response.headers.get('content-type'));
  `;
  const reader = pair.left.run(process.execPath, '--input-type=module', '-e', script);
  assert.equal(reader.stdout.trim(), 'application/x-ndjson', reader.stderr);
  await example.end();
});
