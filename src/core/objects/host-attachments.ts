// A user's programs that belong to the host: cgroup, tracing, perf events and iterators. What the kernel refuses is named, and the others go on.
import { ExpectedError } from '../errors/expected-error.js';
import { findCgroupRoot } from '../native/cgroup-root.js';
import type { NativeCompanionObject, NativePlace } from '../native/contract.js';
import { isNativeError } from '../native/load.js';
import type { ObjectFile, ObjectProgram } from './object-file.js';
import { summarizeVerifierLog } from './verifier-summary.js';

/** Text that an iterator writes in one walk; the rest is cut. */
const outputBytesMax = 64 * 1024;

/** A program that runs nowhere, and why. */
export interface RefusedProgram {
  readonly program: string;
  readonly section: string;
  readonly reason: string;
}

/** An iterator's output of one run. */
export interface WalkOutput {
  readonly program: string;
  readonly output: string;
  readonly complete: boolean;
}

interface Attached {
  readonly id: number;
  readonly text: string;
  readonly isIterator: boolean;
}

/** Where it is attached on this host, for the addon and for reports. Throws ExpectedError where the host lacks it. */
function placeOn({ section, host }: ObjectProgram): { place: NativePlace; text: string } | null {
  switch (host?.kind) {
    case 'cgroup': {
      const path = cgroupRoot();
      return { place: { kind: 'cgroup', path }, text: `${section} at ${path}` };
    }
    case 'tracing':
      return { place: { kind: 'tracing' }, text: section };
    case 'perf_event': {
      const { frequencyHertz } = host;
      const place = { kind: 'perf_event', frequencyHertz, enabled: true } as const;
      return { place, text: `cpu-clock ${frequencyHertz} Hz` };
    }
    case 'iterator': {
      const cgroup = host.target === 'cgroup' ? { cgroup: cgroupRoot() } : {};
      return { place: { kind: 'iterator', ...cgroup }, text: `${section}, each tick` };
    }
    default:
      return null;
  }
}

function cgroupRoot(): string {
  const path = findCgroupRoot();
  if (path !== null) return path;
  throw new ExpectedError('no cgroup version 2 hierarchy is mounted here', {
    status: 4,
    advice: 'mount one (mount -t cgroup2 none /sys/fs/cgroup), or give the container the host’s',
  });
}

/** The kernel's or libbpf's own words, short. */
export function refusalReason(code: string, detail: string): string {
  if (code === 'EPERM' || code === 'EACCES') {
    return `this kernel does not permit it (${code})`;
  }
  const lines = summarizeVerifierLog(detail, 2);
  return lines.length > 0 ? `${lines.join(' | ')} (${code})` : code;
}

function reasonOf(error: unknown): string {
  if (error instanceof ExpectedError) return error.message;
  if (isNativeError(error)) return refusalReason(error.code, error.detail);
  throw error;
}

export class HostAttachments {
  readonly #native: NativeCompanionObject;
  readonly #attached = new Map<string, Attached>();

  constructor(native: NativeCompanionObject) {
    this.#native = native;
  }

  /** Attaches every loaded host program that isn't attached yet. Returns what could not be attached. */
  attachAll(file: ObjectFile): readonly RefusedProgram[] {
    const loaded = new Set(this.#native.programs().map(({ name }) => name));
    return file.programs.flatMap((program) => {
      const { name, section, host } = program;
      if (!host || !loaded.has(name) || this.#attached.has(name)) return [];
      try {
        this.#attach(program);
        return [];
      } catch (error) {
        return [{ program: name, section, reason: reasonOf(error) }];
      }
    });
  }

  #attach(program: ObjectProgram): void {
    const found = placeOn(program);
    if (!found) return;
    const id = this.#native.attach(program.name, found.place);
    const isIterator = found.place.kind === 'iterator';
    this.#attached.set(program.name, { id, text: found.text, isIterator });
  }

  /** Runs every iterator once, to its end. Its output is text. */
  async walk(): Promise<readonly WalkOutput[]> {
    const outputs: WalkOutput[] = [];
    for (const [program, { id, isIterator }] of this.#attached) {
      if (!isIterator) continue;
      const { output, complete } = await this.#native.walk(id, outputBytesMax);
      if (output.byteLength > 0)
        outputs.push({ program, output: new TextDecoder().decode(output), complete });
    }
    return outputs;
  }

  /** Programs that run somewhere now: a new version must have them all. */
  get programs(): readonly string[] {
    return [...this.#attached.keys()];
  }

  places(program: string): readonly string[] {
    const attached = this.#attached.get(program);
    return attached ? [attached.text] : [];
  }
}
