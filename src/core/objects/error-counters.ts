// Global variables by which an object counts errors of its programs: those with the declaration tag `error:<program>`.
import type { Btf } from '../btf/btf.js';
import type { DataSection } from './data-section.js';

export interface ErrorCounter {
  readonly section: string;
  readonly variable: string;
}

/** By program. */
export type ErrorCounters = ReadonlyMap<string, readonly ErrorCounter[]>;

const errorTag = 'error:';

export function readErrorCounters(btf: Btf, sections: readonly DataSection[]): ErrorCounters {
  const counters = new Map<string, ErrorCounter[]>();
  for (let id = 1; id < btf.typeCount; id++) {
    const tag = btf.type(id);
    if (tag.kind !== 'declarationTag' || !tag.name.startsWith(errorTag)) continue;
    const program = tag.name.slice(errorTag.length);
    for (const { name: section, variables } of sections) {
      const variable = variables.find(({ type }) => type === tag.target);
      if (variable)
        counters.set(program, [
          ...(counters.get(program) ?? []),
          { section, variable: variable.name },
        ]);
    }
  }
  return counters;
}
