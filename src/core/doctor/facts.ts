// What the doctor knows before it judges: plain values, so that every check is a function that a test can call.
import type { FailureStatus } from '../errors/expected-error.js';
import { type CapabilityName, holds, monitoringCapabilities } from '../native/capabilities.js';
import type { HookedProgram, NativeHook, NativeLink } from '../native/contract.js';
import type { FeatureAnswers } from '../native/kernel-features.js';

export interface AddonFacts {
  readonly loaded: boolean;
  /** Why it could not be loaded; empty when it is. */
  readonly failure: string;
  readonly advice: string;
  readonly libbpfVersion: string;
  readonly objectSha256: string;
}

export interface PrivilegeFacts {
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
}

export interface KernelFacts {
  readonly release: string;
  readonly architecture: string;
  readonly features: FeatureAnswers;
  /** net.core.bpf_jit_enable; null where it can't be read. */
  readonly jit: number | null;
  readonly unprivilegedBpfDisabled: number | null;
  readonly lockdown: 'none' | 'integrity' | 'confidentiality' | null;
  /** Soft limit of locked memory, bytes; null = unlimited. */
  readonly memoryLockBytes: number | null;
  readonly memoryLockHardBytes: number | null;
}

export interface RuntimeFacts {
  readonly nodeVersion: string;
  readonly nodePath: string;
  readonly musl: boolean;
  readonly outputIsTerminal: boolean;
  readonly columns: number | null;
  readonly rows: number | null;
  readonly terminal: string;
  readonly utf8: boolean;
  readonly home: string;
  readonly homeWritable: boolean;
}

export interface IngressPlan {
  readonly hooks: readonly NativeHook[];
  readonly reason: string;
}

export interface InterfaceFacts {
  readonly name: string;
  /** Null: there is no such interface. */
  readonly link: NativeLink | null;
  /** Null: it could not be asked (rights). */
  readonly programs: readonly HookedProgram[] | null;
  /** Those that are on: gro, gso, tso, lro, rxvlan, txvlan. */
  readonly offloads: readonly string[];
  /** How the program would read it: hooks in the order in which it tries them, and why. */
  readonly plan: IngressPlan | null;
}

/** No interface could be chosen, though none was named. */
export interface ChoiceFailure {
  readonly message: string;
  readonly advice: string;
  readonly status: FailureStatus;
}

export interface DoctorFacts {
  readonly addon: AddonFacts;
  readonly kernel: KernelFacts;
  readonly privileges: PrivilegeFacts;
  readonly runtime: RuntimeFacts;
  readonly interfaces: readonly InterfaceFacts[];
  readonly choiceFailure: ChoiceFailure | null;
  /** Names that exist, for an advice. */
  readonly knownInterfaces: readonly string[];
}

export function hasCapability(privileges: PrivilegeFacts, name: CapabilityName): boolean {
  return holds(privileges.effective, name);
}

/** CAP_SYS_ADMIN includes CAP_BPF and CAP_PERFMON, for programs older than these. */
export function missingCapabilities(privileges: PrivilegeFacts): CapabilityName[] {
  const administrator = hasCapability(privileges, 'CAP_SYS_ADMIN');
  return monitoringCapabilities.filter(
    (name) => !hasCapability(privileges, name) && !(administrator && name !== 'CAP_NET_ADMIN'),
  );
}
