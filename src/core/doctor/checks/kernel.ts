// The kernel: its features by trying them, and the JIT.
import {
  type FeatureAnswers,
  type KernelFeature,
  kernelFeatures,
  lacksSystemCall,
} from '../../native/kernel-features.js';
import { missingCapabilities } from '../../native/process-privileges.js';
import type { DoctorFacts } from '../facts.js';
import { broken, degraded, type Finding, ok } from '../finding.js';

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export function checkKernel({ kernel }: DoctorFacts): Finding[] {
  return [ok({ check: 'kernel' }, `${kernel.release} ${kernel.architecture}`)];
}

/** One line for all that are there, one for each that is missing. What could not be probed is reported as such. */
export function checkFeatures({ kernel, privileges }: DoctorFacts): Finding[] {
  // One line says it: checkSystemCall's.
  if (lacksSystemCall(kernel.features)) return [];
  const findings: Finding[] = [];
  let present = 0;
  const undetermined: KernelFeature[] = [];
  for (const feature of kernelFeatures) {
    const answer = kernel.features[feature.name];
    if (answer === true) present += 1;
    else if (answer === false) findings.push(missing(feature));
    else if (answer !== undefined) undetermined.push(feature);
  }
  // What refuses most of them has a line of its own.
  const refused =
    missingCapabilities(privileges).length > 0 || kernel.features['arrayMap'] !== true;
  if (refused) return findings;
  const found = `${present} of ${kernelFeatures.length} used features are available`;
  const rest = undetermined.map((feature) => refusedFeature(feature, kernel.features));
  return [ok({ check: 'features' }, found), ...findings, ...rest];
}

/** Those that nothing needs may ask for more rights than monitoring does. */
function refusedFeature(feature: KernelFeature, answers: FeatureAnswers): Finding {
  const subject = { check: snakeCase(feature.name) };
  const found = `${feature.title}: ${answers[feature.name]}`;
  if (feature.lost === null) {
    const fix = 'allow it in the seccomp filter or security module that denies it';
    return broken(subject, found, { fix, exitStatus: 4 });
  }
  const fix = feature.name === 'statistics' ? 'they need CAP_SYS_ADMIN: run it as root' : null;
  return degraded(subject, found, { lost: feature.lost, ...(fix === null ? {} : { fix }) });
}

function missing(feature: KernelFeature): Finding {
  const subject = { check: snakeCase(feature.name) };
  const found = `no ${feature.title} (since Linux ${feature.since})`;
  if (feature.lost !== null) return degraded(subject, found, { lost: feature.lost });
  return broken(subject, found, {
    fix: 'use Linux 5.10 or newer with CONFIG_BPF_SYSCALL, CONFIG_NET_CLS_BPF and CONFIG_NET_CLS_ACT',
    exitStatus: 4,
  });
}

export function checkJit({ kernel }: DoctorFacts): Finding[] {
  const subject = { check: 'jit' };
  if (kernel.jit === null) return [];
  if (kernel.jit > 0) return [ok(subject, `on (net.core.bpf_jit_enable = ${kernel.jit})`)];
  return [
    degraded(subject, 'off', {
      lost: 'performance: interpreted programs cost several times as much per packet',
      fix: 'turn it on',
      command: 'sudo sysctl -w net.core.bpf_jit_enable=1',
    }),
  ];
}

/** docs/decisions/preempt-rt.md says what is at stake, and why it isn't guarded against. */
export function checkPreemption({ kernel }: DoctorFacts): Finding[] {
  if (!kernel.preemptRt) return [];
  return [
    degraded({ check: 'preempt_rt' }, 'a PREEMPT_RT kernel', {
      lost: 'exact counts: from Linux 6.18 on one packet may preempt the counting of another on its processor',
      fix: 'build the kernel with CONFIG_PREEMPT_RT_NEEDS_BH_LOCK, or count on a kernel without PREEMPT_RT',
    }),
  ];
}
