// Runs inside a machine of the kernel matrix: what this kernel answers, and what its verifier says of our programs.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { release } from 'node:os';

const native = createRequire(import.meta.url)('../../build/addon/Release/kubenetprobe_top.node');

/** Through the addon, with all that it sets, from a file: so every program is loaded at once, not when it is needed. */
function refusal(capture) {
  let session;
  try {
    session = new native.Session({
      object: readFileSync(`build/bpf/${objects[0]}.o`),
      maxFlows: 4096,
      interfaceSlots: 4,
      features: 0xffffffff,
      ringBytes: 2 ** 18,
      capture,
    });
    return null;
  } catch (error) {
    return { capture, what: error.operation, code: error.code, words: error.detail };
  } finally {
    session?.close();
  }
}

/** {program: {instructions, states, stackBytes}} of every program that this kernel accepts, with the whole log. */
function verifierOf(object) {
  const { stdout, stderr } = spawnSync('build/tools/verifier', [`build/bpf/${object}.o`], {
    encoding: 'utf8',
  });
  const programs = {};
  for (const part of stdout.split(/^== /m).slice(1)) {
    const [name] = part.split('\n', 1);
    const processed = /^processed (\d+) insns .* total_states (\d+)/m.exec(part);
    if (!processed) continue;
    const stack = /^stack depth ([\d+]+)/m.exec(part)?.[1];
    programs[name] = {
      instructions: Number(processed[1]),
      states: Number(processed[2]),
      stackBytes: stack?.split('+').reduce((sum, one) => sum + Number(one), 0),
    };
  }
  return { programs, log: `${stdout}${stderr}` };
}

const features = native.probe();
// The other object is for kernels without compare-and-swap, which refuse the first.
const objects = ['network_monitor', 'network_monitor_hash'].filter(
  (name) => features.compareAndSwap === true || name === 'network_monitor_hash',
);
const facts = {
  release: release(),
  objectSha256: native.objectSha256,
  features,
  refusals: [refusal(false), refusal(true)].filter(Boolean),
  verified: Object.fromEntries(objects.map((name) => [name, verifierOf(name)])),
};
process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
