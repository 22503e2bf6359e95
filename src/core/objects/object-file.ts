// A user's object file as it lies on disk: its programs, maps and types, known before anything is loaded.
import { Btf } from '../btf/btf.js';
import { BtfError } from '../btf/btf-error.js';
import { checkReferences } from '../btf/check-references.js';
import { Decoder } from '../btf/decode.js';
import { KNP_ABI_VERSION } from '../wire/layout.generated.js';
import { type DataSection, readDataSections } from './data-section.js';
import { type Elf, readElf } from './elf.js';
import { type ErrorCounters, readErrorCounters } from './error-counters.js';
import { type HostPlace, hostPlaceOf } from './host-section.js';
import { type MapDefinition, readMapDefinitions } from './map-definitions.js';
import { mapTypeName } from './map-types.js';
import { objectFileError } from './object-error.js';
import { type ProgramPlace, placeOf } from './program-section.js';

/** Programs that a monitor's object must have, so that it can replace the embedded one. */
const monitorPrograms = [
  'network_monitor_xdp',
  'network_monitor_tc_ingress',
  'network_monitor_tc_egress',
];

export interface ObjectProgram extends ProgramPlace {
  readonly name: string;
  readonly section: string;
  /** Of a program that belongs to the host; null: to an interface, or to nothing that we attach. */
  readonly host: HostPlace | null;
}

export interface ObjectFile {
  /** What errors and lines call it: the file's name. */
  readonly label: string;
  readonly bytes: Uint8Array;
  readonly btf: Btf;
  readonly programs: readonly ObjectProgram[];
  readonly maps: readonly MapDefinition[];
  /** Global variables by section; the kernel sees each section as a map of one entry. */
  readonly dataSections: readonly DataSection[];
  readonly errorCounters: ErrorCounters;
  /**
   * 'monitor': it has our programs and our records, and counts in place of the embedded one.
   * 'companion': programs and maps of its own, which run beside the monitor's.
   */
  readonly role: 'monitor' | 'companion';
}

function readBtf(elf: Elf, label: string): Btf {
  const section = elf.sections.find(({ name }) => name === '.BTF');
  if (!section) {
    throw objectFileError(
      label,
      'it has no BTF, so nothing is known of its maps',
      'compile it with -g and do not strip .BTF',
    );
  }
  const btf = new Btf(section.bytes);
  checkReferences(btf);
  return btf;
}

/** The kernel sees names as C does: two programs cannot share one. */
function listPrograms(elf: Elf): ObjectProgram[] {
  return elf.functions.flatMap(({ name, section: index, global }) => {
    const section = elf.sections[index];
    if (!section?.executable || section.name === '.text' || !global || name === '') return [];
    return [
      {
        name,
        section: section.name,
        host: hostPlaceOf(section.name),
        ...placeOf(section.name, name),
      },
    ];
  });
}

/** `const volatile __u32 abi_version` in .rodata: what records.h was when it was compiled. */
function abiVersion(elf: Elf, btf: Btf, data: readonly DataSection[]): number | null {
  const bytes = elf.sections.find(({ name }) => name === '.rodata')?.bytes;
  const variable = data
    .find(({ name }) => name === '.rodata')
    ?.variables.find(({ name }) => name === 'abi_version');
  if (!bytes || !variable) return null;
  const value = new Decoder(btf).decode(variable.type, bytes.subarray(variable.offset));
  return typeof value === 'number' ? value : null;
}

function roleOf(
  version: number | null,
  programs: readonly ObjectProgram[],
  label: string,
): ObjectFile['role'] {
  const ours = programs.filter(({ name }) => monitorPrograms.includes(name));
  if (ours.length === 0) return 'companion';
  const rebuild = 'compile it against the bpf/ folder of this version';
  if (version === null) {
    throw objectFileError(
      label,
      `it has ${ours[0]!.name} but no abi_version, so its records are unknown`,
      rebuild,
    );
  }
  if (version !== KNP_ABI_VERSION) {
    throw objectFileError(
      label,
      `its records are ABI ${version}, this program reads ABI ${KNP_ABI_VERSION}`,
      rebuild,
    );
  }
  const missing = monitorPrograms.find(
    (name) => !programs.some((program) => program.name === name),
  );
  if (missing) throw objectFileError(label, `program ${missing} is missing`, rebuild);
  return 'monitor';
}

/** libbpf, which creates such maps from another section, treats this one as its own and reads out of bounds: the process would crash. */
function checkMaps(maps: readonly MapDefinition[], label: string): void {
  const wrong = maps.find(({ type }) => mapTypeName(type) === 'struct_ops');
  if (!wrong) return;
  throw objectFileError(
    label,
    `map ${wrong.name} in .maps is of kind struct_ops`,
    'such maps are variables in the section .struct_ops',
  );
}

/** Throws ExpectedError for whatever is wrong with the file itself. The bytes must not change afterwards. */
export function parseObjectFile(bytes: Uint8Array, label: string): ObjectFile {
  const elf = readElf(bytes, label);
  try {
    const btf = readBtf(elf, label);
    const programs = listPrograms(elf);
    if (programs.length === 0) {
      throw objectFileError(
        label,
        'it has no program',
        'put a program in a section: SEC("xdp") or SEC("tc")',
      );
    }
    if (programs.every(({ hook, host }) => hook === null && host === null)) {
      const listed = programs.slice(0, 4).map(({ name, section }) => `${name} is ${section}`);
      throw objectFileError(
        label,
        `none of its programs is of a kind that can be attached: ${listed.join(', ')}`,
        'these can: SEC("xdp"), "tcx/ingress", "tc/egress", "cgroup/…", "tp_btf/…", "raw_tp/…", "perf_event", "iter/…" …',
      );
    }
    const maps = readMapDefinitions(btf);
    checkMaps(maps, label);
    const dataSections = readDataSections(elf, btf);
    const role = roleOf(abiVersion(elf, btf, dataSections), programs, label);
    return {
      label,
      bytes,
      btf,
      programs,
      maps,
      dataSections,
      errorCounters: readErrorCounters(btf, dataSections),
      role,
    };
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    throw objectFileError(
      label,
      `its BTF is unusable: ${error.message}`,
      'compile it again with clang -g',
    );
  }
}
