// Collects the machine's facts: /proc, /sys and the addon's probes. Leaves nothing loaded, attaches nothing.
import { ExpectedError } from '../errors/expected-error.js';
import type { HookedProgram, NativeLink, NativeModule } from '../native/contract.js';
import type { IngressPlan } from '../native/ingress-plan.js';
import { AddonLoadError, isNativeError, loadNative } from '../native/load.js';
import { readProcessPrivileges, textOf } from '../native/process-privileges.js';
import type {
  AddonFacts,
  ChoiceFailure,
  DoctorFacts,
  InterfaceFacts,
  KernelFacts,
  RuntimeFacts,
} from './facts.js';

function numberOf(path: string): number | null {
  const text = textOf(path);
  return text === null || !/^-?\d+$/.test(text) ? null : Number(text);
}

function loadAddon(): { native: NativeModule | null; addon: AddonFacts } {
  try {
    const native = loadNative();
    const { libbpfVersion, objectSha256 } = native;
    return {
      native,
      addon: { loaded: true, failure: '', advice: '', libbpfVersion, objectSha256 },
    };
  } catch (error) {
    if (!(error instanceof AddonLoadError)) throw error;
    const { message: failure, advice } = error;
    return {
      native: null,
      addon: { loaded: false, failure, advice, libbpfVersion: '', objectSha256: '' },
    };
  }
}

function lockdown(): KernelFacts['lockdown'] {
  const chosen = textOf('/sys/kernel/security/lockdown')?.match(/\[(\w+)\]/)?.[1];
  return chosen === 'none' || chosen === 'integrity' || chosen === 'confidentiality'
    ? chosen
    : null;
}

function kernelFacts(native: NativeModule | null): KernelFacts {
  return {
    release: textOf('/proc/sys/kernel/osrelease') ?? 'unknown',
    architecture: process.arch,
    features: native?.probe() ?? {},
    jit: numberOf('/proc/sys/net/core/bpf_jit_enable'),
    unprivilegedBpfDisabled: numberOf('/proc/sys/kernel/unprivileged_bpf_disabled'),
    preemptRt:
      textOf('/sys/kernel/realtime') === '1' ||
      (textOf('/proc/sys/kernel/version') ?? '').includes('PREEMPT_RT'),
    lockdown: lockdown(),
  };
}

function programsOf(native: NativeModule, link: NativeLink): HookedProgram[] | null {
  try {
    return native.hookedPrograms(link.index);
  } catch (error) {
    if (!isNativeError(error)) throw error;
    return null;
  }
}

function interfaceFacts(
  native: NativeModule | null,
  links: readonly NativeLink[],
  name: string,
  plan: Planner,
): InterfaceFacts {
  const link = links.find((candidate) => candidate.name === name) ?? null;
  if (link === null || native === null) {
    return { name, link, programs: null, offloads: [], plan: null };
  }
  const offloads = native.offloads(name);
  return { name, link, programs: programsOf(native, link), offloads, plan: plan(link) };
}

/** Netlink lists interfaces to everyone; null where even the addon is missing. */
function listLinks(native: NativeModule | null): NativeLink[] {
  return native?.links() ?? [];
}

/** What the program itself does with interfaces: the doctor asks the same functions. */
export interface DoctorMethods {
  /** Names that are meant, out of those that exist; throws ExpectedError where none can be chosen. */
  readonly choose: (links: readonly NativeLink[]) => readonly string[];
  readonly plan: Planner;
}

type Planner = (link: NativeLink) => IngressPlan;

function chooseNames(
  links: readonly NativeLink[] | null,
  { choose }: DoctorMethods,
): { names: readonly string[]; choiceFailure: ChoiceFailure | null } {
  if (links === null) return { names: [], choiceFailure: null };
  try {
    return { names: choose(links), choiceFailure: null };
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    const { message, advice, status } = error;
    return { names: [], choiceFailure: { message, advice, status } };
  }
}

export function collectFacts(runtime: RuntimeFacts, methods: DoctorMethods): DoctorFacts {
  const { native, addon } = loadAddon();
  const links = listLinks(native);
  const { names, choiceFailure } = chooseNames(native === null ? null : links, methods);
  return {
    addon,
    kernel: kernelFacts(native),
    privileges: readProcessPrivileges(),
    runtime,
    interfaces: names.map((name) => interfaceFacts(native, links, name, methods.plan)),
    choiceFailure,
    knownInterfaces: links.map((link) => link.name),
  };
}
