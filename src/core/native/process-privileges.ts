// What this process may do and what guards it: read from /proc and /sys, judged by refusal.ts and the doctor.
import { readFileSync } from 'node:fs';
import { type CapabilityName, holds, monitoringCapabilities } from './capabilities.js';

export interface ProcessPrivileges {
  readonly effectiveUser: number;
  /** CapEff of /proc/self/status. */
  readonly effective: bigint;
  readonly bounding: bigint;
  /** 0 none, 1 strict, 2 filter. */
  readonly seccompMode: number;
  readonly initialUserNamespace: boolean;
  /** Names in /sys/kernel/security/lsm; empty where it can't be read. */
  readonly securityModules: readonly string[];
  /** In a container as far as can be seen: its kind, else null. */
  readonly container: string | null;
  /** Soft limit of locked memory, bytes; null = unlimited. */
  readonly memoryLockBytes: number | null;
  readonly memoryLockHardBytes: number | null;
}

/** Null where the file isn't there or may not be read: a kernel event like any other. */
export function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

function containerKind(): string | null {
  if (process.env['KUBERNETES_SERVICE_HOST']) return 'kubernetes';
  if (textOf('/run/.containerenv') !== null) return 'podman';
  if (textOf('/.dockerenv') !== null) return 'docker';
  return textOf('/run/systemd/container');
}

function memoryLock(): Pick<ProcessPrivileges, 'memoryLockBytes' | 'memoryLockHardBytes'> {
  const row = textOf('/proc/self/limits')?.match(/^Max locked memory\s+(\S+)\s+(\S+)/m);
  const bytes = (text: string | undefined) =>
    text === undefined || text === 'unlimited' ? null : Number(text);
  return { memoryLockBytes: bytes(row?.[1]), memoryLockHardBytes: bytes(row?.[2]) };
}

export function readProcessPrivileges(): ProcessPrivileges {
  const status = textOf('/proc/self/status') ?? '';
  const field = (name: string) => status.match(new RegExp(`^${name}:\\s*([0-9a-f]+)`, 'm'))?.[1];
  const set = (name: string) => BigInt(`0x${field(name) ?? '0'}`);
  return {
    effectiveUser: process.geteuid?.() ?? 0,
    effective: set('CapEff'),
    bounding: set('CapBnd'),
    seccompMode: Number(field('Seccomp') ?? '0'),
    initialUserNamespace: /^\s*0\s+0\s+4294967295$/m.test(textOf('/proc/self/uid_map') ?? ''),
    securityModules: textOf('/sys/kernel/security/lsm')?.split(',') ?? [],
    container: containerKind(),
    ...memoryLock(),
  };
}

/** CAP_SYS_ADMIN includes CAP_BPF and CAP_PERFMON, for programs older than these. */
export function missingCapabilities(privileges: ProcessPrivileges): CapabilityName[] {
  const administrator = holds(privileges.effective, 'CAP_SYS_ADMIN');
  return monitoringCapabilities.filter(
    (name) => !holds(privileges.effective, name) && !(administrator && name !== 'CAP_NET_ADMIN'),
  );
}
