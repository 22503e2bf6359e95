// The command line: defaults, refusals with the way out, and that help lists what exists.
import { describe, expect, it } from 'vitest';
import { optionTable } from '../../../src/cli/option-table.js';
import { parseArguments } from '../../../src/cli/parse-arguments.js';
import { ExpectedError } from '../../../src/core/errors/expected-error.js';

const around = { environment: {}, stdoutIsTerminal: true, columns: 100 };

// biome-ignore lint/suspicious/noExplicitAny: the test reads fields by name
const parse = (line: string, more: Partial<typeof around> = {}): Promise<any> =>
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
    ['--filter tcp&', /&&/],
    ['--pcap a eth0', /Leave one/],
  ])('%s', async (line, advice) => {
    const error = await refusal(line);
    expect(error.status).toBe(2);
    expect(error.advice).toMatch(advice);
    expect(error.message).not.toMatch(/\n/);
  });
});

describe('help', () => {
  it('names every option, and no other', async () => {
    const { text } = await parse('--help');
    const named = new Set(
      [...text.matchAll(/^\s+(?:-\w, )?--([a-z-]+)/gm)].map((match: string[]) => match[1]),
    );
    expect([...named].sort()).toEqual(
      [...optionTable.map((row) => row.name), 'help', 'version'].sort(),
    );
  });
  it('wins over everything else', async () => {
    expect(await parse('--help eth0 --json')).toMatchObject({ command: 'help' });
    expect(await parse('--version')).toMatchObject({ command: 'version' });
  });
});
