// Rights: which capabilities are missing, and which of the other guards refuses bpf(2) when none is.

import { lacksSystemCall } from '../../native/kernel-features.js';
import { missingCapabilities } from '../../native/process-privileges.js';
import {
  absentSystemCall,
  explainRefusal,
  limitText,
  memoryLockRefusal,
  type Refusal,
} from '../../native/refusal.js';
import type { DoctorFacts } from '../facts.js';
import { broken, degraded, type Finding, ok } from '../finding.js';

const refusalOf = ({ privileges, kernel, runtime }: DoctorFacts): Refusal =>
  explainRefusal(privileges, kernel.features, { nodePath: runtime.nodePath, script: null });

export function checkCapabilities(facts: DoctorFacts): Finding[] {
  const subject = { check: 'capabilities' };
  const { privileges } = facts;
  // Where there is nothing that they could permit, they fix nothing.
  if (lacksSystemCall(facts.kernel.features)) return [];
  if (missingCapabilities(privileges).length > 0) {
    const { why, fix, command } = refusalOf(facts);
    return [broken(subject, why, { fix, command, exitStatus: 3 })];
  }
  const who = privileges.effectiveUser === 0 ? 'root' : `user ${privileges.effectiveUser}`;
  return [ok(subject, `${who} with CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON`)];
}

/** bpf(2) says EPERM although the capabilities are present: other causes, the likeliest first. */
export function checkSystemCall(facts: DoctorFacts): Finding[] {
  const subject = { check: 'bpf_syscall' };
  const answer = facts.kernel.features['arrayMap'];
  if (answer === true) return [ok(subject, 'bpf(2) works')];
  if (answer === undefined) return [];
  if (answer === false) {
    const { why, fix } = absentSystemCall(facts.privileges);
    return [broken(subject, why, { fix, exitStatus: 4 })];
  }
  const { guard, why, fix, command } = refusalOf(facts);
  // The lines about capabilities and memory say it themselves.
  if (guard === 'capabilities' || guard === 'memory lock') return [];
  return [broken(subject, `bpf(2): ${answer}; ${why}`, { fix, command, exitStatus: 3 })];
}

export function checkLockdown({ kernel }: DoctorFacts): Finding[] {
  const subject = { check: 'lockdown' };
  if (kernel.lockdown === null) return [];
  if (kernel.lockdown !== 'confidentiality') return [ok(subject, kernel.lockdown)];
  return [
    degraded(subject, 'confidentiality', {
      lost: 'reading kernel memory from BPF: process names may be missing; counting is not affected',
    }),
  ];
}

export function checkUnprivileged({ kernel, privileges }: DoctorFacts): Finding[] {
  if (kernel.unprivilegedBpfDisabled === null) return [];
  const value = kernel.unprivilegedBpfDisabled;
  const missing = missingCapabilities(privileges).length > 0;
  const text = value === 0 ? 'allowed, for socket filters only' : 'refused';
  return [
    ok(
      { check: 'unprivileged_bpf' },
      `${text} (kernel.unprivileged_bpf_disabled = ${value}): ${missing ? 'monitoring needs the capabilities either way' : 'irrelevant with the capabilities'}`,
    ),
  ];
}

/** Before 5.11 maps count against RLIMIT_MEMLOCK. */
export function checkMemoryLock({ kernel, privileges }: DoctorFacts): Finding[] {
  const subject = { check: 'memory_lock' };
  if (lacksSystemCall(kernel.features)) return [];
  const limit = limitText(privileges.memoryLockBytes);
  if (kernel.features['memoryAccounting'] === true) {
    return [ok(subject, `${limit}, and BPF maps do not count against it`)];
  }
  const refusal = memoryLockRefusal(privileges, kernel.features);
  if (refusal !== null) {
    const { why, fix, command } = refusal;
    return [broken(subject, why, { fix, command, exitStatus: 3 })];
  }
  if (kernel.features['memoryAccounting'] !== false) return [];
  const raised = privileges.memoryLockBytes === null ? '' : '; the program raises it';
  return [ok(subject, `${limit}, and BPF maps count against it${raised}`)];
}
