// Which programs of a user's object are loaded: those for interfaces must load, those for the host only as far as the kernel accepts them.
import type { NativeProgramChoice, NativeRefusedProgram } from '../native/contract.js';
import { type RefusedProgram, refusalReason } from './host-attachments.js';
import type { ObjectFile } from './object-file.js';

/** `attached`: a new version must have the programs that run now. */
export function programChoice(
  file: ObjectFile,
  attached: readonly string[] = [],
): NativeProgramChoice {
  const isRequired = (name: string, hook: unknown) => hook !== null || attached.includes(name);
  const known = file.programs.filter(({ hook, host }) => hook !== null || host !== null);
  return {
    required: known.filter(({ name, hook }) => isRequired(name, hook)).map(({ name }) => name),
    optional: known.filter(({ name, hook }) => !isRequired(name, hook)).map(({ name }) => name),
  };
}

/** Programs left out: refused by the kernel, or of a kind that isn't supported. */
export function leftOut(
  file: ObjectFile,
  refused: readonly NativeRefusedProgram[],
): readonly RefusedProgram[] {
  return file.programs.flatMap(({ name: program, section, hook, host }) => {
    if (hook === null && host === null) {
      return [{ program, section, reason: 'programs of this kind are not attached' }];
    }
    const refusal = refused.find(({ name }) => name === program);
    return refusal
      ? [{ program, section, reason: refusalReason(refusal.code, refusal.detail) }]
      : [];
  });
}

export const refusedText = ({ program, section, reason }: RefusedProgram): string =>
  `${program} (${section}): ${reason}`;
