// Global variables of an object: which section, which type, where. Clang leaves the offsets in BTF empty: the symbol table has them.
import type { Btf } from '../btf/btf.js';
import type { Elf } from './elf.js';

export interface DataVariable {
  readonly name: string;
  /** BTF type id. */
  readonly type: number;
  /** Bytes from the start of the section. */
  readonly offset: number;
}

export interface DataSection {
  /** `.bss`, `.data`, `.rodata`, and those with a suffix. */
  readonly name: string;
  readonly variables: readonly DataVariable[];
}

const isData = (name: string) => /^\.(bss|data|rodata)(\..*)?$/.test(name);

export function readDataSections(elf: Elf, btf: Btf): DataSection[] {
  const sections: DataSection[] = [];
  for (let id = 1; id < btf.typeCount; id++) {
    const type = btf.type(id);
    if (type.kind !== 'section' || !isData(type.name)) continue;
    const index = elf.sections.findIndex(({ name }) => name === type.name);
    const offsets = new Map(
      elf.variables
        .filter(({ section }) => section === index)
        .map(({ name, offset }) => [name, offset]),
    );
    const variables = type.variables.flatMap(({ type: variable, offset }) => {
      const { name } = btf.type(variable);
      return name === '' ? [] : [{ name, type: variable, offset: offsets.get(name) ?? offset }];
    });
    sections.push({ name: type.name, variables });
  }
  return sections;
}
