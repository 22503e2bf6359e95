// The kernel: its features by trying them, and the JIT.
import { type KernelFeature, kernelFeatures } from '../../native/kernel-features.js';
import type { DoctorFacts } from '../facts.js';
import { broken, degraded, type Finding, ok } from '../finding.js';

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export function checkKernel({ kernel }: DoctorFacts): Finding[] {
  return [ok({ check: 'kernel' }, `${kernel.release} ${kernel.architecture}`)];
}

/** One line for all that are there, one for each that is missing. What could not be tried is told as that. */
export function checkFeatures({ kernel }: DoctorFacts): Finding[] {
  const findings: Finding[] = [];
  let present = 0;
  const untold: string[] = [];
  for (const feature of kernelFeatures) {
    const answer = kernel.features[feature.name];
    if (answer === true) present += 1;
    else if (answer === false) findings.push(missing(feature));
    else if (answer !== undefined) untold.push(answer);
  }
  if (present > 0) {
    const found = `${present} of the ${kernelFeatures.length} that are used are here`;
    findings.unshift(ok({ check: 'features' }, found));
  }
  if (untold.length > 0) {
    findings.push(
      degraded(
        { check: 'features_unknown' },
        `${untold.length} could not be tried (${[...new Set(untold)].join(', ')})`,
        {
          lost: 'certainty: the kernel would not say',
          mend: 'run the doctor with the rights that the program will have',
          command: 'sudo npx kubenetprobe-top doctor',
        },
      ),
    );
  }
  return findings;
}

function missing(feature: KernelFeature): Finding {
  const subject = { check: snakeCase(feature.name) };
  const found = `no ${feature.title} (since Linux ${feature.since})`;
  if (feature.lost !== null) return degraded(subject, found, { lost: feature.lost });
  return broken(subject, found, {
    mend: 'use Linux 5.10 or newer with CONFIG_BPF_SYSCALL, CONFIG_NET_CLS_BPF and CONFIG_NET_CLS_ACT',
    exitStatus: 4,
  });
}

export function checkJit({ kernel }: DoctorFacts): Finding[] {
  const subject = { check: 'jit' };
  if (kernel.jit === null) return [];
  if (kernel.jit > 0) return [ok(subject, `on (net.core.bpf_jit_enable = ${kernel.jit})`)];
  return [
    degraded(subject, 'off', {
      lost: 'speed: interpreted programs cost several times as much per packet',
      mend: 'turn it on',
      command: 'sysctl -w net.core.bpf_jit_enable=1',
    }),
  ];
}
