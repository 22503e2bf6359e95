// Capabilities by name and number, and those that this process has.
import { readFileSync } from 'node:fs';

/** linux/capability.h */
export const capabilityBits = {
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_NET_ADMIN: 12,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_RESOURCE: 24,
  CAP_PERFMON: 38,
  CAP_BPF: 39,
} as const;

export type CapabilityName = keyof typeof capabilityBits;

/** What monitoring needs from beginning to end. */
export const monitoringCapabilities = ['CAP_BPF', 'CAP_NET_ADMIN', 'CAP_PERFMON'] as const;

export function holds(set: bigint, name: CapabilityName): boolean {
  return ((set >> BigInt(capabilityBits[name])) & 1n) === 1n;
}

export interface CapabilitySets {
  readonly permitted: bigint;
  readonly effective: bigint;
  readonly bounding: bigint;
}

/** Of the main thread; null where /proc isn't there. */
export function readCapabilities(): CapabilitySets | null {
  let status: string;
  try {
    status = readFileSync('/proc/self/status', 'latin1');
  } catch {
    return null;
  }
  const set = (name: string) =>
    BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1] ?? '0'}`);
  return { permitted: set('CapPrm'), effective: set('CapEff'), bounding: set('CapBnd') };
}
