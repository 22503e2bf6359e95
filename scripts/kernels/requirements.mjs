// Checks whether this machine can run the matrix. Installs missing packages; else gives the reason in a sentence.
import { existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { setup } from '../setup.mjs';
import { BuildError } from '../toolchain.mjs';
import { prepareKernel } from './kernel-image.mjs';
import { runOnKernel } from './machine.mjs';

/** Two machines of 1.5 GiB each, plus their servers. */
const memoryBytes = 4 * 1024 ** 3;

/** A boot takes 4 s, on a busy host 30. */
const secondsForBoot = 120;

function whyNotHere() {
  if (process.arch !== 'x64') return `the kernels are x64, this machine is ${process.arch}`;
  if (process.getuid?.() !== 0) return 'root is needed to serve the root file system to a machine';
  if (process.env.KNP_MACHINE === '1') return 'this is a machine of the matrix itself';
  if (totalmem() < memoryBytes) return 'less than 4 GiB of memory';
  if (!existsSync('/etc/debian_version')) return 'no Debian or Ubuntu, whose kernels are taken';
  return null;
}

/** Resolves with null if every named kernel can be booted (tools installed, kernels fetched, a machine tried), else with the reason. */
export async function whyNoMachine(names) {
  const why = whyNotHere();
  if (why !== null) return why;
  try {
    setup('machines');
    const [first] = names.map(prepareKernel);
    const boot = await runOnKernel(first, '/', ['true'], { seconds: secondsForBoot });
    return boot.status === 0 ? null : `no machine boots: ${boot.errors.trim()}`;
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    return error.message;
  }
}
