// Attaching by every hook, what the kernel then lists, and that nothing stays.
import { strict as assert } from 'node:assert';
import { after, describe, it } from 'node:test';
import { loadNative } from '../../src/core/native/load.js';
import {
  enterPair,
  hooked,
  nativeErrorOf,
  openSession,
  programId,
} from '../support/native-session.js';

const watched = enterPair('na-at');
const features = loadNative().probe();
const tcx = features['tcx'] === true ? {} : { skip: 'needs tcx (Linux 6.6)' };
after(() => watched.remove());

describe('an attachment', () => {
  it('by tcx is listed at its side, and gone after close', tcx, () => {
    const session = openSession();
    session.attach(watched.index, 'ingress', 'tcx');
    session.attach(watched.index, 'egress', 'tcx');
    const ingress = programId(session, 'network_monitor_tc_ingress');
    const egress = programId(session, 'network_monitor_tc_egress');
    assert.deepEqual(hooked(watched.index, 'ingress'), { tcx: [ingress] });
    assert.deepEqual(hooked(watched.index, 'egress'), { tcx: [egress] });
    session.close();
    assert.deepEqual(hooked(watched.index, 'ingress'), {});
    assert.deepEqual(hooked(watched.index, 'egress'), {});
  });

  it('by XDP is native or generic as asked', () => {
    const session = openSession();
    for (const hook of ['xdp-native', 'xdp-generic'] as const) {
      const attachment = session.attach(watched.index, 'ingress', hook);
      const id = programId(session, 'network_monitor_xdp');
      assert.equal(attachment.hook, hook);
      assert.deepEqual(hooked(watched.index, 'ingress'), { [hook]: [id] });
      session.detach(attachment.id);
      assert.deepEqual(hooked(watched.index, 'ingress'), {});
    }
    session.close();
  });

  it('of a second session at tcx stands before the first on both sides', tcx, () => {
    const first = openSession();
    const second = openSession();
    for (const session of [first, second]) {
      session.attach(watched.index, 'ingress', 'tcx');
      session.attach(watched.index, 'egress', 'tcx');
    }
    assert.deepEqual(hooked(watched.index, 'ingress'), {
      tcx: [second, first].map((one) => programId(one, 'network_monitor_tc_ingress')),
    });
    assert.deepEqual(hooked(watched.index, 'egress'), {
      tcx: [second, first].map((one) => programId(one, 'network_monitor_tc_egress')),
    });
    second.close();
    assert.equal(hooked(watched.index, 'ingress')['tcx']?.length, 1);
    first.close();
  });

  it('is refused where another XDP program is, which stays', () => {
    const first = openSession();
    const second = openSession();
    first.attach(watched.index, 'ingress', 'xdp-generic');
    const error = nativeErrorOf(() => second.attach(watched.index, 'ingress', 'xdp-generic'));
    assert.equal(error.code, 'EBUSY');
    assert.equal(error.errno, 16);
    assert.match(error.operation, /^attach xdp-generic to interface \d+$/);
    assert.deepEqual(hooked(watched.index, 'ingress'), {
      'xdp-generic': [programId(first, 'network_monitor_xdp')],
    });
    second.close();
    first.close();
  });
});

describe('an attachment that cannot be', () => {
  const session = openSession();
  after(() => session.close());

  it('because the interface is not there fails by name for each hook', () => {
    for (const hook of ['xdp-native', 'xdp-generic', 'tcx', 'clsact'] as const) {
      const error = nativeErrorOf(() => session.attach(0x7ffffff0, 'ingress', hook));
      assert.equal(error.code, 'ENODEV', hook);
    }
  });

  it('because XDP has no way out is refused', () => {
    assert.equal(
      nativeErrorOf(() => session.attach(watched.index, 'egress', 'xdp-native')).code,
      'EINVAL',
    );
  });

  it('because nobody knows its id cannot be detached', () => {
    assert.equal(nativeErrorOf(() => session.detach(7)).code, 'ENOENT');
  });
});
