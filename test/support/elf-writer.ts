// Writes small ELF files for tests: sections, symbols, and header fields that a test sets to wrong values.

export interface SectionSpec {
  readonly name: string;
  readonly bytes?: Uint8Array;
  /** SHT_*; 1 = PROGBITS. */
  readonly type?: number;
  readonly executable?: boolean;
}

export interface SymbolSpec {
  readonly name: string;
  /** Name of its section. */
  readonly section: string;
  /** 2 = function, 1 = object. */
  readonly kind: 1 | 2;
  readonly offset?: number;
  readonly global?: boolean;
}

const headerBytes = 64;
const sectionBytes = 64;

class Strings {
  text = '\0';
  add(name: string): number {
    const offset = this.text.length;
    this.text += `${name}\0`;
    return offset;
  }
}

function symbolTable(
  symbols: readonly SymbolSpec[],
  names: readonly string[],
  strings: Strings,
): Uint8Array {
  const table = Buffer.alloc(24 * (symbols.length + 1));
  symbols.forEach(({ name, section, kind, offset = 0, global = true }, index) => {
    const at = 24 * (index + 1);
    table.writeUInt32LE(strings.add(name), at);
    table.writeUInt8((global ? 16 : 0) | kind, at + 4);
    table.writeUInt16LE(names.indexOf(section), at + 6);
    table.writeBigUInt64LE(BigInt(offset), at + 8);
  });
  return table;
}

/** machine 247 is BPF. */
export function writeElf(
  sections: readonly SectionSpec[],
  symbols: readonly SymbolSpec[] = [],
  machine = 247,
): Uint8Array {
  const symbolStrings = new Strings();
  const names = ['', ...sections.map(({ name }) => name), '.symtab', '.strtab', '.shstrtab'];
  const table = symbolTable(symbols, names, symbolStrings);
  const sectionNames = new Strings();
  const nameOffsets = names.map((name) => (name === '' ? 0 : sectionNames.add(name)));
  const all: SectionSpec[] = [
    { name: '', type: 0 },
    ...sections,
    { name: '.symtab', type: 2, bytes: table },
    { name: '.strtab', type: 3, bytes: Buffer.from(symbolStrings.text) },
    { name: '.shstrtab', type: 3, bytes: Buffer.from(sectionNames.text) },
  ];
  const bodies: Uint8Array[] = [];
  const headers = Buffer.alloc(sectionBytes * all.length);
  let offset = headerBytes;
  all.forEach(({ bytes = new Uint8Array(), type = 1, executable }, index) => {
    const at = sectionBytes * index;
    headers.writeUInt32LE(nameOffsets[index]!, at);
    headers.writeUInt32LE(type, at + 4);
    headers.writeBigUInt64LE(executable ? 6n : 2n, at + 8);
    headers.writeBigUInt64LE(BigInt(offset), at + 24);
    headers.writeBigUInt64LE(BigInt(bytes.length), at + 32);
    if (type === 2) headers.writeUInt32LE(names.indexOf('.strtab'), at + 40);
    bodies.push(bytes);
    offset += bytes.length;
  });
  const header = Buffer.alloc(headerBytes);
  header.write('\x7fELF', 'latin1');
  header.set([2, 1, 1], 4);
  header.writeUInt16LE(1, 16);
  header.writeUInt16LE(machine, 18);
  header.writeBigUInt64LE(BigInt(offset), 40);
  header.writeUInt16LE(sectionBytes, 58);
  header.writeUInt16LE(all.length, 60);
  header.writeUInt16LE(all.length - 1, 62);
  return new Uint8Array(Buffer.concat([header, ...bodies, headers]));
}
