// Asks the machine: /proc, /sys and the addon's probes. Loads nothing that stays, attaches nothing.
import { readFileSync } from 'node:fs';
import { ExpectedError } from '../errors/expected-error.js';
import { readCapabilities } from '../native/capabilities.js';
import type { HookedProgram, NativeLink, NativeModule } from '../native/contract.js';
import { AddonLoadError, isNativeError, loadNative } from '../native/load.js';
import type {
  AddonFacts,
  ChoiceFailure,
  DoctorFacts,
  IngressPlan,
  InterfaceFacts,
  KernelFacts,
  PrivilegeFacts,
  RuntimeFacts,
} from './facts.js';

/** Null where the file isn't there or may not be read: a fact like any other. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

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

function memoryLock(): { soft: number | null; hard: number | null } {
  const row = textOf('/proc/self/limits')?.match(/^Max locked memory\s+(\S+)\s+(\S+)/m);
  const bytes = (text: string | undefined) =>
    text === undefined || text === 'unlimited' ? null : Number(text);
  return { soft: bytes(row?.[1]), hard: bytes(row?.[2]) };
}

function kernelFacts(native: NativeModule | null): KernelFacts {
  const { soft, hard } = memoryLock();
  return {
    release: textOf('/proc/sys/kernel/osrelease') ?? 'unknown',
    architecture: process.arch,
    features: native?.probe() ?? {},
    jit: numberOf('/proc/sys/net/core/bpf_jit_enable'),
    unprivilegedBpfDisabled: numberOf('/proc/sys/kernel/unprivileged_bpf_disabled'),
    lockdown: lockdown(),
    memoryLockBytes: soft,
    memoryLockHardBytes: hard,
  };
}

function containerKind(): string | null {
  if (textOf('/run/.containerenv') !== null) return 'podman';
  if (textOf('/.dockerenv') !== null) return 'docker';
  if (process.env['KUBERNETES_SERVICE_HOST']) return 'kubernetes';
  return textOf('/run/systemd/container');
}

function privilegeFacts(): PrivilegeFacts {
  const sets = readCapabilities();
  const status = textOf('/proc/self/status') ?? '';
  const field = (name: string) => status.match(new RegExp(`^${name}:\\s*([0-9a-f]+)`, 'm'))?.[1];
  return {
    effectiveUser: process.geteuid?.() ?? 0,
    effective: sets?.effective ?? 0n,
    bounding: sets?.bounding ?? 0n,
    seccompMode: Number(field('Seccomp') ?? '0'),
    initialUserNamespace: /^\s*0\s+0\s+4294967295$/m.test(textOf('/proc/self/uid_map') ?? ''),
    securityModules: textOf('/sys/kernel/security/lsm')?.split(',') ?? [],
    container: containerKind(),
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
  const link = links.find((one) => one.name === name) ?? null;
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
    privileges: privilegeFacts(),
    runtime,
    interfaces: names.map((name) => interfaceFacts(native, links, name, methods.plan)),
    choiceFailure,
    knownInterfaces: links.map((link) => link.name),
  };
}
