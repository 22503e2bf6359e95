// Runs inside a machine of the kernel matrix: what this kernel answers, and what its verifier says of our programs.
import { createRequire } from 'node:module';
import { release } from 'node:os';

const native = createRequire(import.meta.url)('../../build/addon/Release/kubenetprobe_top.node');

function verified(capture) {
  let session;
  try {
    session = new native.Session({
      maxFlows: 4096,
      interfaceSlots: 4,
      features: 0xffffffff,
      ringBytes: 2 ** 18,
      capture,
    });
    return session.programs().map(({ name, verifiedInstructions, jitedBytes }) => ({
      name,
      verifiedInstructions,
      jitedBytes,
    }));
  } catch (error) {
    return { failed: error.operation, code: error.code, words: error.detail };
  } finally {
    session?.close();
  }
}

const facts = {
  release: release(),
  features: native.probe(),
  live: verified(false),
  capture: verified(true),
};
process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
