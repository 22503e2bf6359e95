// Wrong arguments, wrong objects, missing rights: each says what was done, by which errno, in whose words.
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isNativeError, loadNative } from '../../src/core/native/load.js';
import { nativeErrorOf, nativeRejectionOf, openSession } from '../support/native-session.js';
import { projectRoot } from '../support/program.js';

/** Tells how opening a session fails, on stdout: run as somebody without rights. */
function tellOpening(): void {
  try {
    openSession().close();
    process.stdout.write('opened\n');
  } catch (error) {
    if (!isNativeError(error)) throw error;
    process.stdout.write(`${error.code} ${error.operation}\n`);
  }
}

function tests() {
  describe('options', () => {
    const wrong: [string, object][] = [
      ['maxFlows', { maxFlows: 1000 }],
      ['maxFlows', { maxFlows: 5_000_000 }],
      ['maxFlows', { maxFlows: 2000.5 }],
      ['interfaceSlots', { interfaceSlots: 0 }],
      ['interfaceSlots', { interfaceSlots: 4097 }],
      ['ringBytes', { ringBytes: 5000 }],
      ['capture', { capture: 1 }],
      ['object', { object: 'file' }],
    ];
    for (const [name, options] of wrong) {
      it(`${JSON.stringify(options)} is refused by name`, () => {
        const error = nativeErrorOf(() => openSession(options));
        assert.equal(error.code, 'EINVAL');
        assert.match(error.detail, new RegExp(name));
      });
    }
  });

  describe('a BPF object', () => {
    // Before 5.12 kernels have no compare-and-swap in BPF, and take the object with hash maps.
    const hasOwnTable = loadNative().probe()['compareAndSwap'] === true;
    const name = hasOwnTable ? 'network_monitor.o' : 'network_monitor_hash.o';
    const object = readFileSync(join(projectRoot(), 'build/bpf', name));

    it('that is no ELF file fails with the words of libbpf', () => {
      const error = nativeErrorOf(() => openSession({ object: new Uint8Array(1000).fill(7) }));
      assert.equal(error.operation, 'open BPF object');
      assert.match(error.detail, /libbpf: .*ELF/i);
    });

    it('cut off anywhere fails, and harms nothing', () => {
      for (let bytes = 0; bytes < object.length; bytes += 1501) {
        assert.ok(
          nativeErrorOf(() => openSession({ object: object.subarray(0, bytes) })).operation,
        );
      }
    });

    it('that the verifier refuses fails with the words of the verifier', () => {
      // The first instruction of the clock program becomes one that does not exist.
      const broken = Buffer.from(object);
      const elf = new DataView(broken.buffer, broken.byteOffset, broken.length);
      const sections = Number(elf.getBigUint64(40, true));
      const size = elf.getUint16(58, true);
      const count = elf.getUint16(60, true);
      for (let i = 0; i < count; i++) {
        const header = sections + i * size;
        const executable = (Number(elf.getBigUint64(header + 8, true)) & 4) !== 0;
        if (executable) broken[Number(elf.getBigUint64(header + 24, true))] = 0xff;
      }
      const error = nativeErrorOf(() => openSession({ object: broken }));
      assert.equal(error.code, 'EVERIFIER');
      assert.match(error.detail, /opcode|BPF_/i);
      assert.ok(error.detail.length <= 4096);
    });

    it('given by the caller serves as well as the embedded one', () => {
      const session = openSession({ object });
      assert.ok(session.programs().length >= 3);
      session.close();
    });
  });

  describe('a session', () => {
    it('refuses an interface without a slot, and index 0', () => {
      const session = openSession({ interfaceSlots: 2 });
      assert.equal(nativeErrorOf(() => session.setInterface(5, 2, 0, false)).code, 'EINVAL');
      assert.equal(nativeErrorOf(() => session.setInterface(0, 0, 0, false)).code, 'EINVAL');
      session.close();
    });

    it('says when all slots are taken, and takes another interface two drains after one has gone', async () => {
      const session = openSession({ interfaceSlots: 2 });
      session.addInterface(5, 0, false);
      session.addInterface(5 + 1024, 0, false);
      session.removeInterface(5);
      for (let drains = 0; drains < 2; drains++) {
        assert.equal(nativeErrorOf(() => session.addInterface(7, 0, false)).code, 'ENOSPC');
        await session.drain();
      }
      session.addInterface(7, 0, false);
      session.close();
    });

    it('refuses frames without capture: true, and kernel events with it', async () => {
      const live = openSession();
      assert.equal(nativeErrorOf(() => live.runFrames(new ArrayBuffer(0), 0)).code, 'EINVAL');
      live.close();
      const capture = openSession({ capture: true });
      assert.equal(nativeErrorOf(() => capture.onKernelEvents(() => {})).code, 'EINVAL');
      assert.equal(nativeErrorOf(() => capture.attach(1, 'ingress', 'tcx')).code, 'ENOENT');
      capture.close();
    });

    it('refuses frames whose lengths lie', async () => {
      const session = openSession({ capture: true });
      assert.equal(nativeErrorOf(() => session.runFrames(new ArrayBuffer(8), 9)).code, 'EINVAL');
      const half = await nativeRejectionOf(session.runFrames(new ArrayBuffer(8), 8));
      assert.match(half.detail, /header/);
      const lying = new ArrayBuffer(64);
      new DataView(lying).setUint32(12, 0xfffffff0, true);
      const long = await nativeRejectionOf(session.runFrames(lying, 64));
      assert.match(long.detail, /longer/);
      session.close();
    });
  });

  describe('without rights', () => {
    it('opening fails with EPERM and names the operation', () => {
      // Still root by number: the checkout may lie where no other user may look.
      const args = ['--securebits=+noroot', '--bounding-set=-all', '--inh-caps=-all'];
      const child = spawnSync('setpriv', [...args, process.execPath, process.argv[1]!, 'tell'], {
        encoding: 'utf8',
      });
      assert.match(child.stdout, /^EPERM /, child.stderr);
    });
  });
}

if (process.argv[2] === 'tell') tellOpening();
else tests();
