// What the doctor knows before it judges: plain values, so that every check is a function that a test can call.
import type { FailureStatus } from '../errors/expected-error.js';
import type { HookedProgram, NativeLink } from '../native/contract.js';
import type { IngressPlan } from '../native/ingress-plan.js';
import type { FeatureAnswers } from '../native/kernel-features.js';
import type { ProcessPrivileges } from '../native/process-privileges.js';

export interface AddonFacts {
  readonly loaded: boolean;
  /** Why it could not be loaded; empty when it is. */
  readonly failure: string;
  readonly advice: string;
  readonly libbpfVersion: string;
  readonly objectSha256: string;
}

export interface KernelFacts {
  readonly release: string;
  readonly architecture: string;
  readonly features: FeatureAnswers;
  /** net.core.bpf_jit_enable; null where it can't be read. */
  readonly jit: number | null;
  readonly unprivilegedBpfDisabled: number | null;
  /** A PREEMPT_RT kernel: programs of one processor may preempt each other. */
  readonly preemptRt: boolean;
  readonly lockdown: 'none' | 'integrity' | 'confidentiality' | null;
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
  /** /sys is there: it holds the interfaces' drivers and the kernel's lockdown and LSM state. */
  readonly systemFiles: boolean;
}

export interface InterfaceFacts {
  readonly name: string;
  /** Null: there is no such interface. */
  readonly link: NativeLink | null;
  /** Null: it could not be read (rights). */
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
  readonly privileges: ProcessPrivileges;
  readonly runtime: RuntimeFacts;
  readonly interfaces: readonly InterfaceFacts[];
  readonly choiceFailure: ChoiceFailure | null;
  /** Names that exist, for an advice. */
  readonly knownInterfaces: readonly string[];
}
