// Options of the library as JavaScript may give them: each mistake has a message that names it, before anything is loaded.
import { describe, expect, it } from 'vitest';
import { ExpectedError } from '../../src/core/errors/expected-error.js';
import { checkLibraryOptions } from '../../src/core/options/library-options.js';
import { NetworkMonitor } from '../../src/index.js';
import { readDetection } from '../../src/library/detection-option.js';

function refusal(options: object): string {
  try {
    checkLibraryOptions(options);
  } catch (error) {
    expect(error).toBeInstanceOf(ExpectedError);
    const { status, message, advice } = error as ExpectedError;
    expect(status).toBe(2);
    return `${message} | ${advice}`;
  }
  return 'taken';
}

describe('options', () => {
  it.each([
    [{ interface: ['eth0'] }, 'there is no option "interface" | Did you mean interfaces?'],
    [{ zzz: 1 }, 'there is no option "zzz" | Options: interfaces, '],
    [{ toString: 1 }, 'there is no option "toString" | '],
    [
      { interfaces: 'eth0' },
      `interfaces is "eth0": not a list | It must be an array of names, e.g. ['eth0']`,
    ],
    [{ interfaces: [1] }, 'interfaces is 1: 0: not a string | It must be an array'],
    [
      { ingress: 'xpd' },
      'ingress is "xpd": unknown value | Did you mean xdp? It must be one of auto, xdp, xdp-generic, tc',
    ],
    [{ egress: true }, 'egress is true: unknown value | It must be one of tc, off'],
    [{ tunnels: 'both' }, 'tunnels is "both": unknown value | It must be one of inner, outer'],
    [
      { intervalSeconds: '1' },
      'intervalSeconds is "1": not a number | It must be a number from 0.1 to 60',
    ],
    [{ intervalSeconds: NaN }, 'intervalSeconds is NaN: not a number | '],
    [{ limit: -1 }, 'limit is -1: out of range | It must be a whole number of 0 or more'],
    [{ limit: 1.5 }, 'limit is 1.5: not a whole number | '],
    [
      { maxFlows: 7 },
      'maxFlows is 7: out of range | It must be a whole number from 1024 to 4194304',
    ],
    [
      { packetSamples: 20_000 },
      'packetSamples is 20000: out of range | It must be a whole number from 0 to 10000',
    ],
    [{ filter: 'port htps' }, 'htps'],
    [{ filter: 5 }, 'filter is 5: not a string | It must be a string'],
    [
      { sort: 'rtae' },
      'sort is "rtae": there is no column "rtae" | Did you mean rate? Columns: rate, ',
    ],
    [{ descending: 'no' }, 'descending is "no": neither true nor false | It must be true or false'],
    [
      { detection: 'off' },
      'detection is "off": neither true nor false | It must be true, false, or an object',
    ],
    [
      { signal: new AbortController() },
      'signal is [object AbortController]: wrong type | It must be an Abort',
    ],
  ])('%j', (options, words) => {
    expect(refusal(options)).toContain(words);
  });

  it('takes all that is right, and undefined as absent', () => {
    const options = {
      interfaces: [],
      ingress: undefined,
      limit: Infinity,
      flowTimeoutSeconds: 0,
      filter: 'tcp and port 443',
      sort: 'bytes',
      signal: AbortSignal.abort(),
      detection: {},
    };
    expect(refusal(options)).toBe('taken');
  });

  it('reads detection as the settings file has it, and names what is unknown', () => {
    expect(readDetection({ disable: ['beaconing'] }).disabledKinds).toEqual(['beaconing']);
    expect(() => readDetection({ disabel: [] })).toThrow(/disabel: unknown key/);
  });
});

it('rejects, and never throws, where a call is wrong from the start', async () => {
  await expect(NetworkMonitor.create({ limit: -1 })).rejects.toThrow(/limit is -1/);
  await expect(NetworkMonitor.create({ detection: { disabel: [] } })).rejects.toThrow(/disabel/);
  await expect(NetworkMonitor.fromBytes('x' as unknown as Uint8Array)).rejects.toThrow(
    /are a Uint8Array/,
  );
  await expect(NetworkMonitor.fromObjectFile(undefined as unknown as string)).rejects.toThrow(
    /is a string/,
  );
  const construct = NetworkMonitor as unknown as new () => unknown;
  expect(() => new construct()).toThrow(/NetworkMonitor\.create\(\)/);
});
