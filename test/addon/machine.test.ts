// What the addon tells of the machine: interfaces, kernel features, its own programs and maps.
import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { kernelFeatures } from '../../src/core/native/kernel-features.js';
import { loadNative } from '../../src/core/native/load.js';
import { enterPair, nativeErrorOf, openSession } from '../support/native-session.js';

const native = loadNative();
const watched = enterPair('na-ma');
const { left } = watched.pair;
after(() => watched.remove());

const descriptors = () => readdirSync('/proc/self/fd').length;
const mappedMaps = () => readFileSync('/proc/self/maps', 'utf8').split('bpf-map').length;
const link = (name: string) => native.links().find((one) => one.name === name);

describe('links()', () => {
  it('tells kind, flags, MTU, master and XDP of an interface', () => {
    left.ip('link', 'set', 'veth0', 'mtu', '1400');
    left.ip('link', 'add', 'bridge0', 'type', 'bridge');
    left.ip('link', 'set', 'veth0', 'master', 'bridge0');
    const bridge = link('bridge0');
    const veth = link('veth0');
    assert.ok(bridge && veth);
    assert.equal(bridge.kind, 'bridge');
    assert.equal(bridge.flags & 1, 0);
    assert.equal(veth.kind, 'veth');
    assert.equal(veth.driver, 'veth');
    assert.equal(veth.mtu, 1400);
    assert.equal(veth.flags & 1, 1);
    assert.equal(veth.master, bridge.index);
    assert.equal(veth.xdp, 'none');
    left.ip('link', 'del', 'bridge0');
    const session = openSession();
    const attachment = session.attach(watched.index, 'ingress', 'xdp-generic');
    assert.equal(link('veth0')?.xdp, 'generic');
    session.detach(attachment.id);
    session.attach(watched.index, 'ingress', 'xdp-native');
    assert.equal(link('veth0')?.xdp, 'native');
    session.close();
    assert.equal(link('veth0')?.xdp, 'none');
  });

  it('tells alternative names, and where the other end of a veth is', () => {
    const long = `alternative-${'n'.repeat(100)}`;
    left.ip('link', 'add', 'veth-a', 'type', 'veth', 'peer', 'name', 'veth-b');
    left.ip('link', 'property', 'add', 'dev', 'veth-a', 'altname', 'uplink0', 'altname', long);
    left.ip('link', 'add', 'link', 'veth-a', 'name', 'upper0', 'type', 'macvlan');
    const [near, far, upper] = [link('veth-a'), link('veth-b'), link('upper0')];
    assert.ok(near && far && upper);
    assert.deepEqual(near.alternativeNames, ['uplink0', long]);
    assert.deepEqual(far.alternativeNames, []);
    assert.deepEqual([near.linkIndex, near.linkNamespaceId], [far.index, null]);
    assert.deepEqual([far.linkIndex, far.linkNamespaceId], [near.index, null]);
    assert.deepEqual([upper.linkIndex, upper.linkNamespaceId], [near.index, null]);
    // The pair's other end is in another namespace, which has an id here.
    const crossing = link('veth0');
    assert.ok(crossing && crossing.linkIndex > 0);
    assert.ok((crossing.linkNamespaceId ?? -1) >= 0);
    assert.deepEqual([link('lo')?.linkIndex, link('lo')?.linkNamespaceId], [0, null]);
    left.ip('link', 'del', 'veth-a');
  });

  it('lists a hundred interfaces, and loopback by its flag', () => {
    for (let i = 0; i < 100; i++) left.ip('link', 'add', `many${i}`, 'type', 'bridge');
    const names = native.links().map((one) => one.name);
    assert.ok(names.length >= 102);
    assert.equal(new Set(names).size, names.length);
    assert.equal((link('lo')?.flags ?? 0) & 8, 8);
    for (let i = 0; i < 100; i++) left.ip('link', 'del', `many${i}`);
  });
});

describe('probe()', () => {
  it('answers each feature of the table, and no other', () => {
    const answers = native.probe();
    assert.deepEqual(Object.keys(answers).sort(), kernelFeatures.map((one) => one.name).sort());
    for (const [name, answer] of Object.entries(answers)) {
      assert.ok(typeof answer === 'boolean' || /^E[A-Z]+$/.test(answer), `${name}: ${answer}`);
    }
  });

  it('agrees with what can be done here', () => {
    const answers = native.probe();
    const session = openSession();
    if (answers['tcx'] === true) session.attach(watched.index, 'egress', 'tcx');
    else {
      const error = nativeErrorOf(() => session.attach(watched.index, 'egress', 'tcx'));
      assert.equal(error.code, 'ENOTSUP');
      assert.match(error.detail, /6\.6/);
    }
    session.close();
  });
});

describe('a session', () => {
  it('describes its programs and the memory of its maps', () => {
    const small = openSession({ maxFlows: 1024 });
    const large = openSession({ maxFlows: 65_536 });
    const names = () => small.programs().map((one) => one.name);
    // Each is loaded when something is attached that needs it, and stays.
    assert.deepEqual(names(), ['network_monitor_clock']);
    small.attach(watched.index, 'egress', 'clsact');
    small.detach(small.attach(watched.index, 'ingress', 'xdp-generic').id);
    small.attach(watched.index, 'ingress', 'clsact');
    assert.deepEqual(names(), [
      'network_monitor_clock',
      'network_monitor_tc_egress',
      'network_monitor_xdp',
      'network_monitor_tc_ingress',
    ]);
    const capture = openSession({ capture: true });
    assert.deepEqual(
      capture.programs().map((one) => one.name),
      ['network_monitor_capture'],
    );
    capture.close();
    for (const program of small.programs()) assert.match(program.tag, /^[0-9a-f]{16}$/);
    // Two halves of 8/5 as many entries of 192 bytes; in hash maps as many entries as flows, with key and counters.
    const hasOwnTable = loadNative().probe()['compareAndSwap'] === true;
    const least = hasOwnTable ? 2 * 1.6 * 65_536 * 192 : 2 * 65_536 * 128;
    assert.ok(large.mapBytes > least, `${large.mapBytes} bytes`);
    assert.ok(small.mapBytes < large.mapBytes / 5);
    small.close();
    large.close();
  });

  it('counts runs while statistics are on, which last as long as their descriptor', () => {
    const session = openSession();
    session.attach(watched.index, 'ingress', 'clsact');
    const before = descriptors();
    session.enableStatistics();
    session.enableStatistics();
    assert.equal(descriptors(), before + 1);
    watched.peer.run('ping', '-c', '3', '-i', '0.05', '10.77.0.1');
    const ingress = session.programs().find((one) => one.name === 'network_monitor_tc_ingress');
    assert.ok(ingress && ingress.runCount >= 3 && ingress.runTimeNs > 0);
    session.disableStatistics();
    assert.equal(descriptors(), before);
    session.close();
  });

  it('opened and closed many times leaves no descriptor and no mapping', async () => {
    const cycle = async () => {
      const session = openSession({ maxFlows: 1024 });
      session.attach(watched.index, 'ingress', 'xdp-generic');
      session.onKernelEvents(() => {});
      await session.drain();
      session.close();
    };
    await cycle();
    const before = [descriptors(), mappedMaps()];
    for (let round = 0; round < 4; round++) await cycle();
    assert.deepEqual([descriptors(), mappedMaps()], before);
  });
});
