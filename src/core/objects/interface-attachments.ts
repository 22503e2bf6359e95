// A user's XDP and TC programs on the watched interfaces, after the monitor's.
import { adviceFor } from '../errors/audience.js';
import { ExpectedError } from '../errors/expected-error.js';
import type { NativeCompanionObject, NativeHook } from '../native/contract.js';
import { isNativeError } from '../native/load.js';
import { nativeFailure } from '../sources/native-failure.js';
import type { ObjectFile, ObjectProgram } from './object-file.js';

export interface AttachTarget {
  readonly name: string;
  readonly index: number;
}

interface Attached {
  readonly program: string;
  readonly target: AttachTarget;
  readonly hook: NativeHook;
  readonly id: number;
}

const hooksOf = (program: ObjectProgram): readonly NativeHook[] =>
  program.hook === 'xdp' ? ['xdp-native', 'xdp-generic'] : ['tcx', 'clsact'];

const mayFallBack = (error: unknown) =>
  isNativeError(error) && ['ENOTSUP', 'EOPNOTSUPP', 'EINVAL'].includes(error.code);

const hookWords: Readonly<Record<NativeHook, string>> = {
  'xdp-native': 'xdp native',
  'xdp-generic': 'xdp generic',
  tcx: 'tcx',
  clsact: 'clsact',
};

export class InterfaceAttachments {
  readonly #native: NativeCompanionObject;
  #attached: Attached[] = [];

  constructor(native: NativeCompanionObject) {
    this.#native = native;
  }

  has(program: string, interfaceIndex: number): boolean {
    return this.#attached.some(
      (attachment) => attachment.program === program && attachment.target.index === interfaceIndex,
    );
  }

  /** Every program that can be attached and isn't yet. Throws ExpectedError. */
  attachAll(file: ObjectFile, target: AttachTarget): void {
    for (const program of file.programs) {
      if (program.hook && !this.has(program.name, target.index)) this.attach(program, target);
    }
  }

  /** Native XDP before generic, tcx before clsact. Throws ExpectedError. */
  attach(program: ObjectProgram, target: AttachTarget): void {
    const hooks = hooksOf(program);
    for (const [place, hook] of hooks.entries()) {
      try {
        const { index: interfaceIndex } = target;
        const { direction } = program;
        const id = this.#native.attach(program.name, { kind: hook, interfaceIndex, direction });
        this.#attached.push({ program: program.name, target, hook, id });
        return;
      } catch (error) {
        if (place < hooks.length - 1 && mayFallBack(error)) continue;
        throw this.#failure(program, target, error);
      }
    }
  }

  #failure(program: ObjectProgram, target: AttachTarget, error: unknown): Error {
    if (!isNativeError(error) || error.code !== 'EBUSY' || program.hook !== 'xdp')
      return nativeFailure(error);
    return new ExpectedError(
      `cannot attach ${program.name} to ${target.name}: another XDP program is attached, and XDP takes only one`,
      {
        status: 4,
        advice: `List programs with "bpftool net"; with ${adviceFor('--ingress tc', "ingress: 'tc'")} the monitor itself leaves XDP free`,
        detail: error.detail,
        cause: error,
      },
    );
  }

  /** Links die with their interface; an index may be used again. */
  forget(interfaceIndex: number): void {
    const gone = this.#attached.filter((attachment) => attachment.target.index === interfaceIndex);
    this.#attached = this.#attached.filter(
      (attachment) => attachment.target.index !== interfaceIndex,
    );
    for (const { id } of gone) this.#native.detach(id);
  }

  /** Programs that are on a hook now: a new version must have them all. */
  get programs(): readonly string[] {
    return [...new Set(this.#attached.map(({ program }) => program))];
  }

  places(program: string): readonly string[] {
    return this.#attached
      .filter((attachment) => attachment.program === program)
      .map(({ target, hook }) => `${target.name} ${hookWords[hook]}`);
  }
}
