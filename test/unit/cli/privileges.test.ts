// What is kept after attaching, and who we become.
import { describe, expect, it } from 'vitest';
import { neededCapabilities, targetUser } from '../../../src/cli/privileges.js';
import type { HookState } from '../../../src/core/model/snapshot.js';

const hooked = (ingress: HookState['hook'], egress: HookState['hook']) => ({
  ingress: { hook: ingress, mode: null, reason: '' },
  egress: { hook: egress, mode: null, reason: '' },
});
const three = ['CAP_BPF', 'CAP_NET_ADMIN', 'CAP_PERFMON'];

describe('capabilities after attaching', () => {
  const needs = (attachesLater: boolean, ...interfaces: ReturnType<typeof hooked>[]) =>
    ({ attachesLater, readsAsStarter: false, interfaces }) as Parameters<
      typeof neededCapabilities
    >[0];

  it('none, where links hold everything and maps work without', () => {
    expect(
      neededCapabilities(needs(false, hooked('xdp', 'tcx'), hooked('tcx', 'none')), true),
    ).toEqual([]);
  });

  it('three, where one filter is clsact, for it is taken off by hand', () => {
    expect(
      neededCapabilities(needs(false, hooked('tcx', 'tcx'), hooked('tcx', 'clsact')), true),
    ).toEqual(three);
  });

  it('three, where interfaces may come later', () => {
    expect(neededCapabilities(needs(true, hooked('tcx', 'tcx')), true)).toEqual(three);
  });

  it('three, where maps ask for CAP_BPF at each operation', () => {
    expect(neededCapabilities(needs(false, hooked('tcx', 'tcx')), false)).toEqual(three);
  });
});

describe('the user after attaching', () => {
  it('is who called sudo', () => {
    expect(targetUser({ SUDO_UID: '1000', SUDO_GID: '100' })).toEqual({ uid: 1000, gid: 100 });
  });

  it.each([
    ['nothing', {}],
    ['root by sudo', { SUDO_UID: '0', SUDO_GID: '0' }],
    ['half of it', { SUDO_UID: '1000' }],
    ['no number', { SUDO_UID: 'root', SUDO_GID: '1' }],
    ['a negative one', { SUDO_UID: '-1', SUDO_GID: '-1' }],
    ['the number that leaves us root', { SUDO_UID: '4294967295', SUDO_GID: '4294967295' }],
    ['one that wraps to root', { SUDO_UID: '4294967296', SUDO_GID: '4294967296' }],
    ['the group that leaves us in root’s', { SUDO_UID: '1000', SUDO_GID: '4294967295' }],
    ['a long one', { SUDO_UID: '9'.repeat(400), SUDO_GID: '1' }],
    ['other notations', { SUDO_UID: '0x3e8', SUDO_GID: '1e3' }],
    ['spaces', { SUDO_UID: ' 1000', SUDO_GID: '1000\n' }],
  ])('is nobody for %s', (_, environment) => {
    expect(targetUser(environment)).toEqual({ uid: 65534, gid: 65534 });
  });
});
