// The settings file: what is read, what is refused with line and key, and what `W` leaves alone.
import {
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  saveScreenSettings,
  whyNotSaved,
  withScreenSettings,
} from '../../../src/cli/save-settings.js';
import { readRunSettings, userSettingsFile } from '../../../src/cli/settings-source.js';
import { givenSection, resolveOptions } from '../../../src/core/options/resolve.js';
import { options } from '../../../src/core/options/schema.js';
import { faultText } from '../../../src/core/options/settings-document.js';
import { readSettingsFile, type SettingsContent } from '../../../src/core/options/settings-file.js';

const screenOf = ({ source }: Pick<SettingsContent, 'source'>) =>
  givenSection(resolveOptions([source], options), options, 'screen');

/** As a run on the screen would have it. */
function parseScreenSettings(source: string, name: string) {
  const content = readSettingsFile(source, name);
  return { settings: screenOf(content), problems: content.faults.map(faultText) };
}

async function loadScreenSettings(file: string) {
  const { source, screenProblems } = await readRunSettings(file, {});
  return { settings: screenOf({ source }), problems: screenProblems };
}

const good = `# mine
screen:
  units: bytes
  theme: light
  sort: bytes:asc
  groupBy: [source]
  views:
    - name: web
      filter: port 443
detection:
  homeNetworks: [10.0.0.0/8] # the office
`;

describe('reading', () => {
  it('takes what it knows', () => {
    expect(parseScreenSettings(good, 'config.yaml')).toEqual({
      settings: {
        units: 'bytes',
        theme: 'light',
        sort: 'bytes:asc',
        groupBy: ['source'],
        views: [{ name: 'web', filter: 'port 443' }],
      },
      problems: [],
    });
  });

  it.each([
    ['screen:\n  units: miles\n', 'config.yaml:2: screen.units: must be one of bits, bytes'],
    ['screen:\n  theme: dark\n  colour: red\n', 'config.yaml:3: screen.colour: unknown key'],
    [
      'screen:\n\n  interval: 0\n',
      'config.yaml:3: screen.interval: must be a number from 0.1 to 60',
    ],
    ['screen:\n  sort: speed\n', 'config.yaml:2: screen.sort: there is no column "speed"'],
    [
      'screen:\n  views: [{filter: x}]\n',
      'config.yaml:2: screen.views: must be at most 50 views, each with a name',
    ],
    [
      'screen:\n  filter: port htps\n',
      'config.yaml:2: screen.filter: wrong filter, character 6: unknown port or service',
    ],
    ['screen:\n  views: [{name: a, filter: port htps}]\n', 'config.yaml:2: screen.views'],
    ['screen: [1]\n', 'config.yaml:1: screen: must be a map'],
    ['screen:\n  a: b: c\n', 'config.yaml:2: '],
  ])('tells line and key of %j', (source, problem) => {
    const { problems } = parseScreenSettings(source, 'config.yaml');
    expect(problems.join('\n')).toContain(problem);
  });

  it('keeps the good keys beside a wrong one', () => {
    const { settings } = parseScreenSettings('screen:\n  units: bytes\n  wide: 3\n', 'x');
    expect(settings).toEqual({ units: 'bytes' });
  });

  it('needs no file, and is not lured by aliases without end', async () => {
    expect(await readRunSettings(undefined, { HOME: '/nonexistent' })).toMatchObject({
      screenProblems: [],
      problems: [],
    });
    const bomb = `a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nscreen: *c\n`;
    expect(parseScreenSettings(bomb, 'x').settings).toEqual({});
  });
});

describe('writing', () => {
  it('replaces the screen part only, comments stay', () => {
    const text = withScreenSettings(good, { units: 'bits' });
    expect(text).toContain('# mine');
    expect(text).toContain('homeNetworks: [ 10.0.0.0/8 ] # the office');
    expect(text).toContain('units: bits');
    expect(text).not.toContain('light');
  });

  it('makes file and folder for the user alone, and reads back what it wrote', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'knp-settings-'));
    const file = join(folder, 'deep/config.yaml');
    saveScreenSettings(file, { units: 'bytes', wide: true });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await loadScreenSettings(file)).settings).toEqual({ units: 'bytes', wide: true });
    const link = join(folder, 'link.yaml');
    symlinkSync(file, link);
    saveScreenSettings(link, { units: 'bits' });
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect((await loadScreenSettings(file)).settings).toEqual({ units: 'bits' });
    writeFileSync(file, 'screen: [\n');
    expect(() => saveScreenSettings(file, {})).toThrow('fix them first');
    expect(readFileSync(file, 'utf8')).toBe('screen: [\n');
    rmSync(folder, { recursive: true });
  });
});

it('says why nothing was written, and what to do where root has become somebody else', () => {
  const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  expect(whyNotSaved('/r/c.yaml', denied, 0, 65534)).toBe(
    'user 65534, to whom this run has dropped its privileges, may not write /r/c.yaml; start it with sudo from your own account, or with --keep-privileges',
  );
  expect(whyNotSaved('/r/c.yaml', denied, 1000, 1000)).toBe(
    '/r/c.yaml may not be written by user 1000',
  );
  expect(whyNotSaved('/r/c.yaml', new Error('the file has errors'), 0, 65534)).toBe(
    'the file has errors',
  );
});

describe('--config', () => {
  const folder = mkdtempSync(join(tmpdir(), 'knp-settings-'));
  const own = join(folder, 'kubenetprobe-top/config.yaml');
  const given = join(folder, 'given.yaml');
  const environment = { XDG_CONFIG_HOME: folder };
  afterAll(() => rmSync(folder, { recursive: true }));

  it('stands in the place of the user’s own file, to read and to write', async () => {
    saveScreenSettings(own, { units: 'bytes', theme: 'light' });
    writeFileSync(given, 'screen:\n  theme: bright\n');
    const ownSettings = await readRunSettings(undefined, environment);
    expect(ownSettings.file).toBe(own);
    expect(screenOf(ownSettings)).toEqual({ units: 'bytes', theme: 'light' });
    const givenSettings = await readRunSettings(given, environment);
    expect(givenSettings).toMatchObject({ file: given, screenProblems: [] });
    expect(screenOf(givenSettings)).toEqual({ theme: 'bright' });
  });

  it('ends a run with 2, line and key when it is wrong; the user’s own only warns', async () => {
    writeFileSync(given, 'screen:\n  theme: bright\n  units: miles\n');
    await expect(readRunSettings(given, {})).rejects.toThrow(
      expect.objectContaining({
        status: 2,
        message: `${given}:3: screen.units: must be one of bits, bytes`,
      }),
    );
    writeFileSync(own, 'screen:\n  theme: bright\n  units: miles\n');
    const settings = await readRunSettings(undefined, environment);
    expect(screenOf(settings)).toEqual({ theme: 'bright' });
    expect(settings.screenProblems).toEqual([`${own}:3: screen.units: must be one of bits, bytes`]);
  });

  it.each([
    ['monitor:\n  maxFlows: 5\n', 'monitor.maxFlows: must be a whole number from 1024 to 4194304'],
    ['monitr:\n  maxFlows: 5\n', 'monitr: unknown key; did you mean monitor?'],
    ['detection:\n  disable: [nothing]\n', 'detection.disable.0: "nothing" is not a kind'],
  ])('a mistake outside of the screen warns in the user’s own file: %j', async (text, problem) => {
    writeFileSync(own, text);
    const { problems, screenProblems } = await readRunSettings(undefined, environment);
    expect(problems.join()).toContain(problem);
    expect(screenProblems).toEqual([]);
  });

  it.each([
    ['alerts:\n  webhook: example.org\n', 'alerts.webhook: it is not an http or https URL'],
    ['detection:\n  allow: [{}]\n', 'detection.allow.0: an entry without'],
    ['alerts: [\n', ':'],
  ])('one among alert sinks and allow lists ends the run: %j', async (text, message) => {
    writeFileSync(own, text);
    await expect(readRunSettings(undefined, environment)).rejects.toThrow(message);
  });

  it('that is missing ends the run with 5', async () => {
    await expect(readRunSettings('/nonexistent/x.yaml', {})).rejects.toMatchObject({ status: 5 });
  });
});

describe('the place', () => {
  it('is XDG_CONFIG_HOME, else ~/.config', () => {
    expect(userSettingsFile({ XDG_CONFIG_HOME: '/c', HOME: '/h' })).toBe(
      '/c/kubenetprobe-top/config.yaml',
    );
    expect(userSettingsFile({ HOME: '/h' })).toBe('/h/.config/kubenetprobe-top/config.yaml');
    expect(userSettingsFile({ XDG_CONFIG_HOME: 'relative', HOME: '/h' })).toBe(
      '/h/.config/kubenetprobe-top/config.yaml',
    );
  });
});
