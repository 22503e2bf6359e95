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
  loadScreenSettings,
  parseScreenSettings,
  saveScreenSettings,
  settingsFile,
  settingsSource,
  whyNotSaved,
  withScreenSettings,
} from '../../../src/cli/screen-settings.js';

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
    ['screen:\n  units: miles\n', 'config.yaml:2: screen.units: should be one of bits, bytes'],
    ['screen:\n  theme: dark\n  colour: red\n', 'config.yaml:3: screen.colour: unknown key'],
    [
      'screen:\n\n  interval: 0\n',
      'config.yaml:3: screen.interval: should be a number from 0.1 to 60',
    ],
    ['screen:\n  sort: speed\n', 'config.yaml:2: screen.sort: should be a column'],
    [
      'screen:\n  views: [{filter: x}]\n',
      'config.yaml:2: screen.views: should be views, each with a name',
    ],
    [
      'screen:\n  filter: port htps\n',
      'config.yaml:2: screen.filter: should be a filter: unknown port or service',
    ],
    ['screen:\n  views: [{name: a, filter: port htps}]\n', 'config.yaml:2: screen.views'],
    ['screen: [1]\n', 'config.yaml: screen should be a map'],
    ['screen:\n  a: b: c\n', 'config.yaml:2: '],
  ])('tells line and key of %j', (source, problem) => {
    const { problems } = parseScreenSettings(source, 'config.yaml');
    expect(problems.join('\n')).toContain(problem);
  });

  it('keeps the good keys beside a wrong one', () => {
    const { settings } = parseScreenSettings('screen:\n  units: bytes\n  wide: 3\n', 'x');
    expect(settings).toEqual({ units: 'bytes' });
  });

  it('needs no file, and is not lured by aliases without end', () => {
    expect(loadScreenSettings('/nonexistent/x.yaml')).toEqual({ settings: {}, problems: [] });
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

  it('makes file and folder for the user alone, and reads back what it wrote', () => {
    const folder = mkdtempSync(join(tmpdir(), 'knp-settings-'));
    const file = join(folder, 'deep/config.yaml');
    saveScreenSettings(file, { units: 'bytes', wide: true });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(loadScreenSettings(file).settings).toEqual({ units: 'bytes', wide: true });
    const link = join(folder, 'link.yaml');
    symlinkSync(file, link);
    saveScreenSettings(link, { units: 'bits' });
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(loadScreenSettings(file).settings).toEqual({ units: 'bits' });
    writeFileSync(file, 'screen: [\n');
    expect(() => saveScreenSettings(file, {})).toThrow('mend it first');
    expect(readFileSync(file, 'utf8')).toBe('screen: [\n');
    rmSync(folder, { recursive: true });
  });
});

it('says why nothing was written, and what to do where root has become somebody else', () => {
  const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  expect(whyNotSaved('/r/c.yaml', denied, 0, 65534)).toBe(
    "/r/c.yaml is not user 65534's, whom this run has become; start it by sudo from your own account, or with --keep-privileges",
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
  afterAll(() => rmSync(folder, { recursive: true }));

  it('stands in the place of the user’s own file, to read and to write', () => {
    saveScreenSettings(own, { units: 'bytes', theme: 'light' });
    writeFileSync(given, 'screen:\n  theme: bright\n');
    const environment = { XDG_CONFIG_HOME: folder };
    expect(settingsSource(undefined, environment)).toMatchObject({
      file: own,
      settings: { units: 'bytes', theme: 'light' },
    });
    expect(settingsSource(given, environment)).toEqual({
      file: given,
      settings: { theme: 'bright' },
      problems: [],
    });
  });

  it('ends a run with 2, line and key when it is wrong; the user’s own only warns', () => {
    writeFileSync(given, 'screen:\n  theme: bright\n  units: miles\n');
    expect(() => settingsSource(given, {})).toThrow(
      expect.objectContaining({
        status: 2,
        message: `${given}:3: screen.units: should be one of bits, bytes`,
      }),
    );
    writeFileSync(own, 'screen:\n  theme: bright\n  units: miles\n');
    const { settings, problems } = settingsSource(undefined, { XDG_CONFIG_HOME: folder });
    expect(settings).toEqual({ theme: 'bright' });
    expect(problems).toEqual([`${own}:3: screen.units: should be one of bits, bytes`]);
  });
});

describe('the place', () => {
  it('is XDG_CONFIG_HOME, else ~/.config', () => {
    expect(settingsFile({ XDG_CONFIG_HOME: '/c', HOME: '/h' })).toBe(
      '/c/kubenetprobe-top/config.yaml',
    );
    expect(settingsFile({ HOME: '/h' })).toBe('/h/.config/kubenetprobe-top/config.yaml');
    expect(settingsFile({ XDG_CONFIG_HOME: 'relative', HOME: '/h' })).toBe(
      '/h/.config/kubenetprobe-top/config.yaml',
    );
  });
});
