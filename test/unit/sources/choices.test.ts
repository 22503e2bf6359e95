// Which interfaces are meant, and where their packets are read.
import { describe, expect, it } from 'vitest';
import { ExpectedError } from '../../../src/core/errors/expected-error.js';
import type { NativeLink } from '../../../src/core/native/contract.js';
import { planIngress } from '../../../src/core/sources/ingress-choice.js';
import { chooseInterfaces } from '../../../src/core/sources/interface-choice.js';
import { linkKindOf } from '../../../src/core/sources/network-links.js';
import { linkKind } from '../../../src/core/wire/layout.generated.js';

const link = (name: string, more: Partial<NativeLink> = {}): NativeLink => ({
  name,
  index: name.length + 1,
  type: 1,
  flags: 1,
  mtu: 1500,
  kind: '',
  master: 0,
  alternativeNames: [],
  linkIndex: 0,
  linkNamespaceId: null,
  driver: '',
  rxVlanOffload: null,
  xdp: 'none',
  ...more,
});
const links = [
  link('lo', { type: 772, flags: 9 }),
  link('eth0'),
  link('veth12', { kind: 'veth' }),
  link('down0000', { flags: 0 }),
];
const names = (chosen: ReturnType<typeof chooseInterfaces>): string[] =>
  chosen.links.map((one) => one.name);

describe('interfaces', () => {
  it('named ones, each once, in that order', () => {
    expect(names(chooseInterfaces(['veth12', 'eth0', 'veth12'], undefined, links))).toEqual([
      'veth12',
      'eth0',
    ]);
  });
  it('any: what is up, but loopback', () => {
    const chosen = chooseInterfaces(['any'], undefined, links);
    expect(chosen.any).toBe(true);
    expect(names(chosen)).toEqual(['eth0', 'veth12']);
  });
  it('the environment counts where nothing is named, and only there', () => {
    expect(names(chooseInterfaces([], 'veth12, eth0', links))).toEqual(['veth12', 'eth0']);
    expect(names(chooseInterfaces(['eth0'], 'veth12', links))).toEqual(['eth0']);
  });
  it('loopback, and what is down, may be named', () => {
    expect(names(chooseInterfaces(['lo', 'down0000'], undefined, links))).toEqual([
      'lo',
      'down0000',
    ]);
  });
  it('one that isn’t there: status 5, and those that are', () => {
    try {
      chooseInterfaces(['eth9'], undefined, links);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ExpectedError);
      expect((error as ExpectedError).status).toBe(5);
      expect((error as ExpectedError).advice).toMatch(/^Did you mean eth0\? There are: lo, eth0, /);
      expect((error as ExpectedError).advice).toContain('veth12');
    }
  });
});

describe('ingress', () => {
  const auto = (one: NativeLink): [string[], string] => {
    const { hooks, reason } = planIngress(one, 'auto');
    return [[...hooks], reason];
  };
  it.each([
    ['veth', link('v', { kind: 'veth', driver: 'veth', rxVlanOffload: false }), /rebuilds/],
    ['bridge', link('b', { kind: 'bridge' }), /bridge/],
    ['tun', link('t', { kind: 'tun', type: 65534 }), /Ethernet header/],
    ['loopback', links[0]!, /loopback/],
    ['VLAN offload', link('e', { driver: 'any', rxVlanOffload: true }), /VLAN/],
    ['foreign XDP', link('e', { xdp: 'native', rxVlanOffload: false }), /another XDP/],
    ['large MTU', link('e', { mtu: 9000, rxVlanOffload: false }), /MTU/],
    ['a driver that resets', link('e', { driver: 'i40e', rxVlanOffload: false }), /i40e resets/],
    [
      'a driver that nobody has looked at',
      link('e', { driver: 'new', rxVlanOffload: false }),
      /may disturb.*new/,
    ],
  ])('auto takes TC: %s', (_name, one, reason) => {
    const [hooks, why] = auto(one);
    expect(hooks).toEqual(['tcx', 'clsact']);
    expect(why).toMatch(reason);
  });
  it('auto takes native XDP where the driver only swaps a pointer and strips no tags', () => {
    const [hooks] = auto(link('e', { driver: 'sfc', rxVlanOffload: false }));
    expect(hooks[0]).toBe('xdp-native');
  });
  it('XDP is tried when it is asked for, unless someone has it', () => {
    expect(planIngress(link('e', { kind: 'veth' }), 'xdp').hooks).toEqual(['xdp-native']);
    expect(planIngress(link('e'), 'xdp-generic')).toEqual({
      hooks: ['xdp-generic'],
      reason: 'as asked',
    });
    expect(planIngress(link('e', { xdp: 'generic' }), 'xdp')).toMatchObject({
      hooks: ['tcx', 'clsact'],
      reason: 'another XDP program is attached',
    });
  });
});

describe('generic XDP', () => {
  it('says of virtual devices that it counts their large buffers as one frame each', () => {
    for (const one of [link('v', { kind: 'veth' }), link('lo', { flags: 9 })]) {
      expect(planIngress(one, 'xdp-generic')).toEqual({
        hooks: ['xdp-generic'],
        reason: 'as asked; large buffers count as one frame each',
      });
    }
  });
});

describe('link kinds', () => {
  it('by ARPHRD', () => {
    expect(linkKindOf(1)).toBe(linkKind.ethernet);
    expect(linkKindOf(772)).toBe(linkKind.ethernet);
    expect(linkKindOf(65534)).toBe(linkKind.rawIp);
    expect(linkKindOf(801)).toBe(linkKind.other);
  });
});
