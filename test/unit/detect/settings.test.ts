// A settings file: what is accepted, and what is said of what isn't.
import { describe, expect, it } from 'vitest';
import { builtInRules } from '../../../src/core/detect/rules/index.js';
import { detectionSchema } from '../../../src/core/detect/settings-schema.js';
import {
  faultOf,
  parseSettings,
  settingsError,
} from '../../../src/core/options/settings-document.js';

const schema = detectionSchema(builtInRules);
const read = (text: string) => {
  const document = parseSettings(text, 'settings.yaml');
  if ('why' in document) throw settingsError(document);
  const result = schema.safeParse(document.value);
  if (result.success) return result.data;
  throw settingsError(faultOf(result.error, [], 'settings.yaml', document));
};

describe('a settings file', () => {
  it('gives thresholds, allow lists, home networks, mutes, threat lists and rules', () => {
    const settings = read(`
thresholds:
  tcp-scan: { ports: 40 }
allow:
  - { networks: [10.0.0.0/8, "2001:db8::/32"], kinds: [port_scan_syn] }
homeNetworks: [192.168.0.0/16]
mute:
  - { kind: beaconing, until: 2030-01-01T00:00:00Z }
threatNames: [Bad.Example.]
rules:
  - name: many-hosts
    kind: host_sweep_tcp
    filter: tcp port 22
    aggregate: distinct
    of: destination
    windowSeconds: 60
    threshold: 5
`);
    expect(settings.thresholds['tcp-scan']!['ports']).toBe(40);
    expect(settings.allow[0]!.networks.map(({ prefixLength }) => prefixLength)).toEqual([104, 32]);
    expect(settings.mutes[0]).toMatchObject({
      kind: 'beaconing',
      untilUs: Date.UTC(2030, 0, 1) * 1000,
    });
    expect(settings.threatNames).toEqual(['bad.example']);
    expect(settings.rules[0]).toMatchObject({
      name: 'many-hosts',
      by: ['source'],
      severity: 'medium',
    });
  });

  it('may be JSON, or empty', () => {
    expect(read('{"homeNetworks":["10.0.0.0/8"]}').homeNetworks).toHaveLength(1);
    expect(read('').allow).toEqual([]);
  });

  it.each([
    [
      'an unknown key',
      'thresholds:\n  tcp-scan:\n    portz: 5\n',
      'settings.yaml:3: thresholds.tcp-scan.portz: unknown key',
    ],
    [
      'an unknown rule',
      'thresholds:\n  no-rule:\n    ports: 5\n',
      'settings.yaml:2: thresholds.no-rule: unknown key',
    ],
    [
      'a wrong type',
      'thresholds:\n  tcp-scan:\n    ports: many\n',
      'settings.yaml:3: thresholds.tcp-scan.ports: ',
    ],
    [
      'a negative threshold',
      'thresholds:\n  tcp-scan:\n    ports: -1\n',
      'settings.yaml:3: thresholds.tcp-scan.ports: ',
    ],
    [
      'an absurd threshold',
      'thresholds:\n  tcp-scan:\n    ports: .inf\n',
      'settings.yaml:3: thresholds.tcp-scan.ports: ',
    ],
    [
      'a network that is none',
      'allow:\n  - networks: [10.0.0.0/33]\n',
      'settings.yaml:2: allow.0.networks.0: "10.0.0.0/33" is neither',
    ],
    [
      'a kind that is none',
      'disable:\n  - port_scan\n',
      'settings.yaml:2: disable.0: "port_scan" is not a kind',
    ],
    [
      'an allow entry for everything',
      'allow:\n  - {}\n',
      'settings.yaml:2: allow.0: an entry without',
    ],
    [
      'a time that is none',
      'mute:\n  - until: tomorrow\n',
      'settings.yaml:2: mute.0.until: "tomorrow" is not a time',
    ],
    ['broken YAML', 'allow: [1,\nb', 'settings.yaml:'],
    ['a key twice', 'disable: []\ndisable: []\n', 'settings.yaml:2: '],
  ])('is refused for %s, with line and key', (_name, text, message) => {
    expect(() => read(text)).toThrowError(message);
    try {
      read(text);
    } catch (error) {
      expect(error).toMatchObject({ status: 2 });
    }
  });

  it('refuses aliases that stand for gigabytes', () => {
    const bomb = [
      'a: &a [1,2,3,4,5,6,7,8,9]',
      ...'bcdefgh'
        .split('')
        .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`),
    ].join('\n');
    expect(() => read(bomb)).toThrowError('settings.yaml:');
  });
});
