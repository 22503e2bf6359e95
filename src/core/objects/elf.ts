// Sections and symbols of a BPF object file. Reads ELF64, little-endian, relocatable, for BPF; all else is refused by name.
import { compileAdvice, objectFileError } from './object-error.js';

/** Sections of one object; clang makes some thirty for an ordinary one. */
const maximumSections = 4096;
/** Symbols of one object. */
const maximumSymbols = 1 << 20;
const headerBytes = 64;
const sectionBytes = 64;
const symbolBytes = 24;

const machineBpf = 247;
const typeRelocatable = 1;
const sectionSymbols = 2;
const sectionNoBits = 8;
const flagExecutable = 4;
const symbolObject = 1;
const symbolFunction = 2;

const machines: Readonly<Record<number, string>> = {
  3: 'x86',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC 64',
  22: 'S/390',
  40: 'ARM',
  62: 'x86-64',
  183: 'AArch64',
  243: 'RISC-V',
};

export interface ElfSection {
  readonly name: string;
  readonly executable: boolean;
  /** Empty for sections without bytes in the file (.bss). */
  readonly bytes: Uint8Array;
  /** Bytes in memory. */
  readonly size: number;
}

export interface ElfSymbol {
  readonly name: string;
  /** Index into the sections. */
  readonly section: number;
  /** Bytes from the start of the section. */
  readonly offset: number;
  readonly global: boolean;
}

export interface Elf {
  readonly sections: readonly ElfSection[];
  readonly functions: readonly ElfSymbol[];
  readonly variables: readonly ElfSymbol[];
}

class Reader {
  readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    readonly label: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A range of the file, or the error that it is truncated. */
  range(start: number, length: number, what: string): Uint8Array {
    if (!Number.isSafeInteger(start + length) || start + length > this.bytes.length) {
      throw objectFileError(
        this.label,
        `the file is cut off or damaged: ${what} would end at byte ${start + length} of ${this.bytes.length}`,
        'if it is being written, wait for the compiler to end; else compile it again',
      );
    }
    return this.bytes.subarray(start, start + length);
  }

  number(offset: number): number {
    return Number(this.view.getBigUint64(offset, true));
  }
}

function checkHeader({ bytes, view, label }: Reader): void {
  const wrong = (problem: string) => objectFileError(label, problem, compileAdvice);
  if (bytes.length === 0) throw wrong('the file is empty');
  if (bytes.length < 4 || view.getUint32(0, false) !== 0x7f454c46)
    throw wrong('this is no ELF file');
  if (bytes.length < headerBytes) throw wrong('the file is cut off within its ELF header');
  if (bytes[5] === 2) {
    throw objectFileError(
      label,
      'this object is for a big-endian machine, and this one is little-endian',
      'compile it with -target bpfel (or -target bpf on this machine)',
    );
  }
  if (bytes[4] !== 2 || bytes[5] !== 1) throw wrong('this is no 64-bit little-endian ELF file');
  const machine = view.getUint16(18, true);
  if (machine !== machineBpf) {
    throw wrong(`this ELF file is for ${machines[machine] ?? `machine ${machine}`}, not for BPF`);
  }
  if (view.getUint16(16, true) !== typeRelocatable)
    throw wrong('this ELF file is no relocatable object');
}

function textAt(strings: Uint8Array, offset: number): string {
  const end = strings.indexOf(0, offset);
  if (offset >= strings.length || end < 0) return '';
  return new TextDecoder().decode(strings.subarray(offset, Math.min(end, offset + 512)));
}

function readSections(reader: Reader): {
  sections: ElfSection[];
  symbolTables: [number, number][];
} {
  const { view, label } = reader;
  const [start, count, names] = [
    reader.number(40),
    view.getUint16(60, true),
    view.getUint16(62, true),
  ];
  if (
    count === 0 ||
    count > maximumSections ||
    view.getUint16(58, true) !== sectionBytes ||
    names >= count
  ) {
    throw objectFileError(label, 'its section table is damaged', 'compile it again');
  }
  reader.range(start, count * sectionBytes, 'the section table');
  const raw = Array.from({ length: count }, (_, index) => {
    const at = start + index * sectionBytes;
    const type = view.getUint32(at + 4, true);
    const size = reader.number(at + 32);
    const bytes =
      type === 0 || type === sectionNoBits
        ? new Uint8Array()
        : reader.range(reader.number(at + 24), size, `section ${index}`);
    const executable = (reader.number(at + 8) & flagExecutable) !== 0;
    return {
      name: view.getUint32(at, true),
      type,
      size,
      bytes,
      executable,
      link: view.getUint32(at + 40, true),
    };
  });
  const strings = raw[names]!.bytes;
  return {
    sections: raw.map(({ name, size, bytes, executable }) => ({
      name: textAt(strings, name),
      size,
      bytes,
      executable,
    })),
    symbolTables: raw.flatMap(({ type, link }, index): [number, number][] =>
      type === sectionSymbols && link < count ? [[index, link]] : [],
    ),
  };
}

type SymbolLists = { readonly functions: ElfSymbol[]; readonly variables: ElfSymbol[] };

function readSymbols(table: Uint8Array, strings: Uint8Array, into: SymbolLists): void {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const count = Math.min(Math.floor(table.length / symbolBytes), maximumSymbols);
  for (let index = 0; index < count; index++) {
    const at = index * symbolBytes;
    const info = view.getUint8(at + 4);
    const kind = info & 0xf;
    if (kind !== symbolFunction && kind !== symbolObject) continue;
    (kind === symbolFunction ? into.functions : into.variables).push({
      name: textAt(strings, view.getUint32(at, true)),
      section: view.getUint16(at + 6, true),
      offset: Number(view.getBigUint64(at + 8, true)),
      global: info >>> 4 !== 0,
    });
  }
}

/** `label` names the file in errors. Throws ExpectedError. */
export function readElf(bytes: Uint8Array, label: string): Elf {
  const reader = new Reader(bytes, label);
  checkHeader(reader);
  const { sections, symbolTables } = readSections(reader);
  const lists: SymbolLists = { functions: [], variables: [] };
  for (const [table, strings] of symbolTables) {
    readSymbols(sections[table]!.bytes, sections[strings]!.bytes, lists);
  }
  return { sections, ...lists };
}
