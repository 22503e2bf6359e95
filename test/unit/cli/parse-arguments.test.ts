// The command line: defaults, refusals with the way out, and that help lists what exists.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Environment, parseArguments } from '../../../src/cli/parse-arguments.js';
import { ExpectedError } from '../../../src/core/errors/expected-error.js';
import { options } from '../../../src/core/options/schema.js';

const around: Environment = {
  environment: { HOME: '/nonexistent' },
  stdoutIsTerminal: true,
  columns: 100,
};

// biome-ignore lint/suspicious/noExplicitAny: the test reads fields by name
const parse = (line: string, more: Partial<Environment> = {}): Promise<any> =>
  parseArguments(
    line.split(' ').filter((word) => word !== ''),
    { ...around, ...more },
  );

async function refusal(line: string): Promise<ExpectedError> {
  try {
    await parse(line);
  } catch (error) {
    expect(error).toBeInstanceOf(ExpectedError);
    return error as ExpectedError;
  }
  throw new Error(`"${line}" was accepted`);
}

describe('defaults', () => {
  it('are the contract’s', async () => {
    expect(await parse('')).toMatchObject({
      command: 'monitor',
      output: 'screen',
      debug: false,
      request: {
        source: { kind: 'live', interfaces: [], ingress: 'auto', egress: 'tc' },
        view: { filter: '', sort: { field: 'rate', descending: true }, limit: 50 },
        maxFlows: 65_536,
        flowTimeoutSeconds: 600,
        intervalSeconds: 1,
        durationSeconds: null,
        count: null,
        tunnels: 'inner',
      },
    });
  });
  it('of a capture: flows never leave', async () => {
    expect(await parse('--pcap x.pcap --json')).toMatchObject({
      output: 'json',
      request: { source: { kind: 'capture', path: 'x.pcap' }, flowTimeoutSeconds: 0 },
    });
  });
  it('where stdout is no terminal: one table', async () => {
    expect(await parse('eth0', { stdoutIsTerminal: false })).toMatchObject({
      output: 'once',
      request: { count: 1 },
    });
    expect(await parse('--pcap x', { stdoutIsTerminal: false })).toMatchObject({
      output: 'once',
      request: { count: null },
    });
  });
});

describe('where the data goes', () => {
  it.each([
    ['eth0 --json', 'json', null],
    ['--json eth0', 'json', null],
    ['eth0 --json -', 'json', null],
    ['eth0 --json=-', 'json', null],
    ['eth0 --json=x.ndjson', 'screen', 'x.ndjson'],
    ['eth0 --json=a --json=b', 'screen', 'b'],
    ['eth0 --json=x.ndjson --once', 'once', 'x.ndjson'],
    ['--json -- --json', 'json', null],
  ])('%s', async (line, output, jsonFile) => {
    expect(await parse(line)).toMatchObject({ output, jsonFile });
  });
  it('an interface after --json is an interface', async () => {
    expect((await parse('--json eth0 eth1')).request.source.interfaces).toEqual(['eth0', 'eth1']);
  });
  it('where stdout is no terminal, a file alone is a daemon: it goes on until it is stopped', async () => {
    expect(await parse('eth0 --json=x', { stdoutIsTerminal: false })).toMatchObject({
      output: 'none',
      jsonFile: 'x',
      request: { count: null },
    });
  });
  it('the doctor prints to stdout only', async () => {
    expect(await parse('doctor --json')).toMatchObject({ command: 'doctor', json: true });
    expect((await refusal('doctor --json=x')).status).toBe(2);
  });
});

describe('values', () => {
  it('are read', async () => {
    const { request } = await parse(
      'eth0 eth1 --interval 0.5 --duration=10 --count 7 --limit all --sort bytes:asc --max-flows 1024 --flow-timeout 0 --ingress xdp-generic --egress off --tunnels outer',
    );
    expect(request).toMatchObject({
      source: { interfaces: ['eth0', 'eth1'], ingress: 'xdp-generic', egress: 'off' },
      view: { limit: Infinity, sort: { field: 'bytes', descending: false } },
      intervalSeconds: 0.5,
      durationSeconds: 10,
      count: 7,
      maxFlows: 1024,
      flowTimeoutSeconds: 0,
      tunnels: 'outer',
    });
  });
  it('an interface may look like a number', async () => {
    expect((await parse('007 --json')).request.source.interfaces).toEqual(['007']);
  });
  it('the last of two holds', async () => {
    expect((await parse('--interval 1 --interval 2')).request.intervalSeconds).toBe(2);
  });
});

describe('refused, with status 2 and the way out', () => {
  it.each([
    ['--interval 0', /from 0.1 to 60/],
    ['--interval 61', /from 0.1 to 60/],
    ['--interval abc', /from 0.1 to 60/],
    ['--interval 0x10', /from 0.1 to 60/],
    ['--count 0', /whole number/],
    ['--count 1.5', /whole number/],
    ['--max-flows 1023', /1024 to 4194304/],
    ['--max-flows 4194305', /1024 to 4194304/],
    ['--limit many', /whole number/],
    ['--sort raet', /Did you mean rate/],
    ['--sort rate:up', /rate:asc/],
    ['--ingress xpd', /Did you mean xdp/],
    ['--egress on', /tc, off/],
    ['--tunnels both', /inner, outer/],
    ['--intervall 3', /Did you mean --interval/],
    ['-x', /--help/],
    ['--limit', /--help/],
    ['--json --once', /--count 1/],
    ['--json - --once', /--json=FILE --once/],
    ['--json=', /=FILE/],
    ['--filter tcp&', /&&/],
    ['--pcap a eth0', /Leave one/],
  ])('%s', async (line, advice) => {
    const error = await refusal(line);
    expect(error.status).toBe(2);
    expect(error.advice).toMatch(advice);
    expect(error.message).not.toMatch(/\n/);
  });
});

describe('given twice', () => {
  it.each([
    ['--pcap a --pcap b', /one capture/],
    ['--filter tcp --filter udp', /\(FIRST\) and \(SECOND\)/],
    ['--netns a --netns b', /one network namespace/],
    ['--config a --config b', /into one/],
    ['--alert-exec a --alert-exec b', /one program/],
    ['--explain a --explain b', /one kind/],
  ])('%s can’t both take effect: an error', async (line, advice) => {
    const error = await refusal(line);
    expect(error).toMatchObject({ status: 2, message: expect.stringMatching(/ is given twice$/) });
    expect(error.advice).toMatch(advice);
  });
  it('a switch: once is enough', async () => {
    expect(await parse('--json --json')).toMatchObject({ output: 'json' });
    expect(await parse('--debug --debug=off')).toMatchObject({ debug: false });
  });
});

describe('precedence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'knp-precedence-'));
  const own = join(folder, 'kubenetprobe-top/config.yaml');
  const given = join(folder, 'given.yaml');
  afterAll(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'kubenetprobe-top'));
  writeFileSync(own, 'monitor:\n  maxFlows: 2000\n  egress: off\nscreen:\n  interval: 5\n');
  writeFileSync(given, 'monitor:\n  maxFlows: 3000\n');
  const files = { XDG_CONFIG_HOME: folder };
  const set = { ...files, KUBENETPROBE_MAX_FLOWS: '4000' };
  const maxFlows = async (line: string, environment: NodeJS.ProcessEnv): Promise<number> =>
    (await parse(line, { environment })).request.maxFlows;

  it('is command line, environment, --config, the user’s file, default', async () => {
    expect(await maxFlows('', { HOME: '/nonexistent' })).toBe(65_536);
    expect(await maxFlows('', files)).toBe(2000);
    expect(await maxFlows(`--config ${given}`, files)).toBe(3000);
    expect(await maxFlows('', { ...files, KUBENETPROBE_CONFIG: given })).toBe(3000);
    expect(await maxFlows(`--config ${given}`, set)).toBe(4000);
    expect(await maxFlows(`--config ${given} --max-flows 5000`, set)).toBe(5000);
  });
  it('--config stands in place of the user’s file, it is not added to it', async () => {
    expect((await parse('', { environment: files })).request.source.egress).toBe('off');
    const { request } = await parse(`--config ${given}`, { environment: files });
    expect(request.source.egress).toBe('tc');
  });
  it('the part `screen` holds on the screen only', async () => {
    expect((await parse('', { environment: files })).request.intervalSeconds).toBe(5);
    expect((await parse('--json', { environment: files })).request.intervalSeconds).toBe(1);
  });
  it('what the command line and the environment say of the screen goes before its settings', async () => {
    const environment = { ...files, KUBENETPROBE_THEME: 'light' };
    const { screen } = await parse('--sort source --filter tcp', { environment });
    expect(screen.settings).toEqual({
      interval: 5,
      theme: 'light',
      sort: 'source:asc',
      filter: 'tcp',
    });
  });
  it('a wrong value is named with its source, and can be overridden', async () => {
    const environment = { ...files, KUBENETPROBE_MAX_FLOWS: '5' };
    await expect(parse('', { environment })).rejects.toMatchObject({
      status: 2,
      message: '$KUBENETPROBE_MAX_FLOWS 5: out of range',
      advice: 'It must be a whole number from 1024 to 4194304 (default: 65536)',
    });
    expect(await maxFlows('--max-flows 1024', environment)).toBe(1024);
    writeFileSync(given, 'monitor:\n\n  maxFlows: 5\n');
    await expect(parse(`--config ${given}`)).rejects.toMatchObject({
      message: `${given}:3: monitor.maxFlows: must be a whole number from 1024 to 4194304`,
    });
  });
  it('NO_COLOR counts whatever it says, an empty variable doesn’t', async () => {
    const flags = async (environment: NodeJS.ProcessEnv) =>
      (await parse('', { environment: { HOME: '/nonexistent', ...environment } })).screen.flags;
    expect(await flags({ NO_COLOR: '0' })).toMatchObject({ color: false });
    expect(await flags({ NO_COLOR: '' })).toMatchObject({ color: null });
    expect(await flags({ KUBENETPROBE_MOUSE: 'yes' })).toMatchObject({ mouse: true });
  });
});

describe('help', () => {
  it('names every option, and no other', async () => {
    const { text } = await parse('--help');
    const named = new Set(
      [...text.matchAll(/^\s+(?:-\w, )?--([a-z-]+)/gm)].map((match: string[]) => match[1]),
    );
    expect([...named].sort()).toEqual(
      Object.values(options)
        .flatMap((entry) => ('flag' in entry ? [entry.flag] : []))
        .sort(),
    );
  });
  it('wins over everything else', async () => {
    expect(await parse('--help eth0 --json')).toMatchObject({ command: 'help' });
    expect(await parse('--version')).toMatchObject({ command: 'version' });
  });
});
