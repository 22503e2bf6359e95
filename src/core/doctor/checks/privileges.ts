// Rights: which capabilities are missing, and which of the other guards refuses bpf(2) when none is.
import { type CapabilityName, holds } from '../../native/capabilities.js';
import type { DoctorFacts, PrivilegeFacts } from '../facts.js';
import { hasCapability, missingCapabilities } from '../facts.js';
import { broken, degraded, type Finding, ok } from '../finding.js';

const threeCapabilities = 'CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON';

function withoutCapabilities(
  privileges: PrivilegeFacts,
  missing: readonly CapabilityName[],
): Finding {
  const subject = { check: 'capabilities' };
  const found = `missing: ${missing.join(', ')}`;
  // What the bounding set has lost, not even sudo brings back: whoever started us has taken it.
  const outOfReach = missing.some((name) => !holds(privileges.bounding, name));
  if (outOfReach && privileges.container !== null) {
    return broken(subject, `${found} (in a container: ${privileges.container})`, {
      mend: `start the container with ${threeCapabilities} and the host's network`,
      command: 'podman run --cap-add=BPF,NET_ADMIN,PERFMON --network=host …',
      exitStatus: 3,
    });
  }
  if (outOfReach || privileges.effectiveUser === 0) {
    return broken(subject, `${found} (whoever started this process took them away)`, {
      mend: `start it with ${threeCapabilities}, in a systemd unit by AmbientCapabilities=`,
      command: 'grep Cap /proc/self/status',
      exitStatus: 3,
    });
  }
  return broken(subject, found, {
    mend: `run it as root, or with ${threeCapabilities}`,
    command: 'sudo npx kubenetprobe-top',
    exitStatus: 3,
  });
}

export function checkCapabilities({ privileges }: DoctorFacts): Finding[] {
  const missing = missingCapabilities(privileges);
  if (missing.length > 0) return [withoutCapabilities(privileges, missing)];
  const who = privileges.effectiveUser === 0 ? 'root' : `user ${privileges.effectiveUser}`;
  return [ok({ check: 'capabilities' }, `${who} with ${threeCapabilities}`)];
}

/** bpf(2) says EPERM although the capabilities are there: what else can refuse, the likeliest first. */
export function checkSystemCall({ privileges, kernel }: DoctorFacts): Finding[] {
  const subject = { check: 'bpf_syscall' };
  const answer = kernel.features['arrayMap'];
  if (answer === true) return [ok(subject, 'bpf(2) works')];
  if (answer === undefined) return [];
  if (answer === false || answer === 'ENOSYS') {
    return [
      broken(subject, 'this kernel has no bpf(2)', {
        mend: 'use a kernel with CONFIG_BPF_SYSCALL, 5.10 or newer',
        exitStatus: 4,
      }),
    ];
  }
  if (missingCapabilities(privileges).length > 0) return []; // the line about capabilities says it
  if (!privileges.initialUserNamespace) {
    return [
      broken(subject, `bpf(2): ${answer}; these capabilities are a user namespace's own`, {
        mend: 'run it outside the user namespace (rootless containers can not load BPF)',
        exitStatus: 3,
      }),
    ];
  }
  if (privileges.seccompMode !== 0) {
    return [
      broken(subject, `bpf(2): ${answer}, with all capabilities: a seccomp filter refuses it`, {
        mend: 'let the filter pass bpf(2)',
        command: 'podman run --security-opt seccomp=unconfined …',
        exitStatus: 3,
      }),
    ];
  }
  const modules = privileges.securityModules.filter((name) =>
    ['selinux', 'apparmor', 'smack', 'tomoyo', 'bpf'].includes(name),
  );
  return [
    broken(
      subject,
      `bpf(2): ${answer}, with all capabilities: a security module refuses it${modules.length > 0 ? ` (${modules.join(', ')})` : ''}`,
      { mend: 'look for the refusal in the kernel log', command: 'dmesg | tail', exitStatus: 3 },
    ),
  ];
}

export function checkLockdown({ kernel }: DoctorFacts): Finding[] {
  const subject = { check: 'lockdown' };
  if (kernel.lockdown === null) return [];
  if (kernel.lockdown !== 'confidentiality') return [ok(subject, kernel.lockdown)];
  return [
    degraded(subject, 'confidentiality', {
      lost: 'reading kernel memory from BPF: names of processes may be missing; counting is not touched',
    }),
  ];
}

export function checkUnprivileged({ kernel, privileges }: DoctorFacts): Finding[] {
  if (kernel.unprivilegedBpfDisabled === null) return [];
  const value = kernel.unprivilegedBpfDisabled;
  const missing = missingCapabilities(privileges).length > 0;
  const text = value === 0 ? 'allowed' : 'refused';
  return [
    ok(
      { check: 'unprivileged_bpf' },
      `${text} (kernel.unprivileged_bpf_disabled = ${value})${missing ? '' : ': with capabilities it does not matter'}`,
    ),
  ];
}

/** Before 5.11 maps count against RLIMIT_MEMLOCK; a limit too low is a plain EPERM that looks like a missing capability. */
export function checkMemoryLock({ kernel, privileges }: DoctorFacts): Finding[] {
  const subject = { check: 'memory_lock' };
  const size = (bytes: number | null) => (bytes === null ? 'unlimited' : `${bytes / 1024} KiB`);
  const limit = size(kernel.memoryLockBytes);
  if (kernel.features['memoryAccounting'] === true) {
    return [ok(subject, `${limit}; this kernel accounts BPF memory to the cgroup`)];
  }
  const enough = 256 * 1024 * 1024;
  const holds = (bytes: number | null) => bytes === null || bytes >= enough;
  if (holds(kernel.memoryLockBytes)) return [ok(subject, limit)];
  if (hasCapability(privileges, 'CAP_SYS_RESOURCE') || holds(kernel.memoryLockHardBytes)) {
    return [ok(subject, `${limit}; the program raises it itself`)];
  }
  if (kernel.features['memoryAccounting'] !== false) return [];
  return [
    broken(subject, `${limit}, and this kernel counts BPF maps against it`, {
      mend: 'give CAP_SYS_RESOURCE, too, or raise the limit for whoever starts it',
      command: 'ulimit -l unlimited   # systemd: LimitMEMLOCK=infinity',
      exitStatus: 3,
    }),
  ];
}
