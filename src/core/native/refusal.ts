// What causes "not permitted", the likeliest first, and how to fix it: one explanation for the program's error and for the doctor.
import { holds } from './capabilities.js';
import type { FeatureAnswers } from './kernel-features.js';
import { missingCapabilities, type ProcessPrivileges } from './process-privileges.js';

export interface Refusal {
  readonly guard: 'capabilities' | 'user namespace' | 'memory lock' | 'seccomp' | 'security module';
  /** Half a sentence: the cause. */
  readonly why: string;
  readonly fix: string;
  /** To be pasted into a shell. */
  readonly command: string;
}

const threeCapabilities = 'CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON';

/** Node of nvm and the like isn't in the path that sudo sets. */
const sudoPath = new Set([
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
]);

const sudoFinds = (nodePath: string) => sudoPath.has(nodePath.slice(0, nodePath.lastIndexOf('/')));

/** The command line that starts us with root's rights, by the Node that is running now. */
export function sudoCommand(nodePath: string, ...words: string[]): string {
  const sudo = sudoFinds(nodePath) ? 'sudo' : 'sudo env "PATH=$PATH"';
  return [sudo, 'npx kubenetprobe-top', ...words].join(' ');
}

/** What was refused: this program, or one that uses the library. */
export interface Refused {
  readonly nodePath: string;
  /** The file that Node runs, of a user of the library; null: our program. */
  readonly script: string | null;
}

/** How to do the same as root, or with three capabilities. */
function asRoot({ nodePath, script }: Refused): Pick<Refusal, 'fix' | 'command'> {
  if (script === null) {
    return {
      fix: `run it as root, or with ${threeCapabilities}`,
      command: sudoCommand(nodePath),
    };
  }
  return {
    fix: `run your program as root, or give it ${threeCapabilities} (in a systemd unit: AmbientCapabilities=)`,
    command: `sudo ${sudoFinds(nodePath) ? 'node' : nodePath} ${script}`,
  };
}

function containerCommand(kind: string): string {
  switch (kind) {
    case 'kubernetes':
      return 'securityContext: {capabilities: {add: [BPF, NET_ADMIN, PERFMON]}}   # and hostNetwork: true';
    case 'systemd-nspawn':
      return 'systemd-nspawn --capability=CAP_BPF,CAP_NET_ADMIN,CAP_PERFMON …';
    default: {
      const engine = kind === 'docker' ? 'docker' : 'podman';
      return `${engine} run --cap-add=BPF,NET_ADMIN,PERFMON --network=host …`;
    }
  }
}

function withoutCapabilities(privileges: ProcessPrivileges, refused: Refused): Refusal {
  const missing = missingCapabilities(privileges);
  const guard = 'capabilities';
  const why = `missing ${missing.join(', ')}`;
  // Not even sudo restores what the bounding set has lost: the parent process dropped it.
  const outOfReach = missing.some((name) => !holds(privileges.bounding, name));
  if (outOfReach && privileges.container !== null) {
    return {
      guard,
      why: `${why} (in a container: ${privileges.container})`,
      fix: `start the container with ${threeCapabilities} and the host's network`,
      command: containerCommand(privileges.container),
    };
  }
  if (outOfReach || privileges.effectiveUser === 0) {
    return {
      guard,
      why: `${why} (dropped by the parent process)`,
      fix: `start it with ${threeCapabilities}: a systemd unit by AmbientCapabilities=, or as here`,
      command: `sudo systemd-run --pipe --wait -p "AmbientCapabilities=CAP_BPF CAP_NET_ADMIN CAP_PERFMON" ${refused.nodePath} ${refused.script ?? '…'}`,
    };
  }
  return { guard, why, ...asRoot(refused) };
}

/** What the program's own maps come to with its defaults, and room for the libraries of others under the same user. */
const enoughLockedBytes = 256 * 1024 * 1024;

const holdsEnough = (bytes: number | null) => bytes === null || bytes >= enoughLockedBytes;

export const limitText = (bytes: number | null): string =>
  bytes === null ? 'unlimited' : `${bytes / 1024} KiB`;

/** Before 5.11 maps count against RLIMIT_MEMLOCK; a limit too low is a plain EPERM that looks like a missing capability. */
export function memoryLockRefusal(
  privileges: ProcessPrivileges,
  features: FeatureAnswers,
): Refusal | null {
  if (features['memoryAccounting'] !== false) return null;
  if (holdsEnough(privileges.memoryLockHardBytes)) return null;
  if (holds(privileges.effective, 'CAP_SYS_RESOURCE')) return null;
  return {
    guard: 'memory lock',
    why: `${limitText(privileges.memoryLockHardBytes)} is the limit of locked memory, and this kernel charges BPF maps to it`,
    fix: 'raise the limit of the parent process (systemd: LimitMEMLOCK=infinity), or add CAP_SYS_RESOURCE',
    command: 'ulimit -l unlimited',
  };
}

/** Used when bpf(2) returned ENOSYS: no privilege would help. */
export function absentSystemCall({ seccompMode }: ProcessPrivileges): {
  readonly why: string;
  readonly fix: string;
} {
  const fix =
    'use Linux 5.10 or newer with CONFIG_BPF_SYSCALL, without emulation of another processor';
  if (seccompMode === 0) return { why: 'this kernel has no bpf(2)', fix };
  return {
    why: 'this kernel has no bpf(2), or a seccomp filter hides it',
    fix: `allow bpf(2) in the filter, or ${fix}`,
  };
}

/** Used when bpf(2) or netlink returned EPERM. */
export function explainRefusal(
  privileges: ProcessPrivileges,
  features: FeatureAnswers,
  refused: Refused,
): Refusal {
  if (missingCapabilities(privileges).length > 0) return withoutCapabilities(privileges, refused);
  if (!privileges.initialUserNamespace) {
    return {
      guard: 'user namespace',
      why: 'the capabilities apply inside a user namespace only',
      fix: 'run it outside the user namespace: rootless containers cannot load BPF',
      command: asRoot(refused).command,
    };
  }
  const memory = memoryLockRefusal(privileges, features);
  if (memory !== null) return memory;
  if (privileges.seccompMode !== 0) return bySeccomp(privileges);
  const modules = privileges.securityModules.filter((name) =>
    ['selinux', 'apparmor', 'smack', 'tomoyo', 'bpf'].includes(name),
  );
  const named = modules.length > 0 ? ` (${modules.join(', ')})` : '';
  return {
    guard: 'security module',
    why: `all capabilities are present: a security module denies it${named}`,
    fix: 'look for the denial in the kernel log',
    command: 'sudo dmesg | tail',
  };
}

function bySeccomp({ container }: ProcessPrivileges): Refusal {
  const guard = 'seccomp';
  const why = 'all capabilities are present: a seccomp filter denies it';
  if (container === 'kubernetes') {
    const command = 'securityContext: {seccompProfile: {type: Unconfined}}';
    return { guard, why, fix: 'allow bpf(2) in the seccomp profile', command };
  }
  if (container !== null) {
    const engine = container === 'docker' ? 'docker' : 'podman';
    const command = `${engine} run --security-opt seccomp=unconfined …`;
    return { guard, why, fix: "allow bpf(2) in the container's seccomp profile", command };
  }
  return {
    guard,
    why,
    fix: 'allow bpf(2) in the filter: in a systemd unit, add this line to its other SystemCallFilter= lines',
    command: 'SystemCallFilter=bpf',
  };
}
