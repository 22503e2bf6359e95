// EBPF_IMPLEMENTATION, --object and --watch: which BPF object is loaded. The option wins over the variable.
import type { ObjectRequest } from '../core/monitor/run-request.js';
import { wrongUsage } from '../core/options/check-value.js';
import type { OptionValues } from '../core/options/schema.js';

type Implementation = 'embedded' | 'object' | 'libbpf';

/** Names of other loaders that scripts may still set, and what is nearest here. */
const otherNames: Readonly<Record<string, Implementation>> = {
  bytecode: 'embedded',
  bytes: 'embedded',
  'embedded-bytecode': 'embedded',
  skeleton: 'embedded',
  aya: 'embedded',
  redbpf: 'embedded',
  cilium: 'embedded',
  bpf2go: 'embedded',
  bcc: 'embedded',
  file: 'object',
  elf: 'object',
  'object-file': 'object',
  'libbpf-rs': 'libbpf',
  'libbpf-bootstrap': 'libbpf',
};

const own: readonly string[] = ['embedded', 'object', 'libbpf'];

export interface ImplementationChoice {
  readonly object: ObjectRequest | null;
  /** For stderr, where a name was mapped to another one. */
  readonly notice: string | null;
}

/** `libbpf` is the embedded object too: libbpf is what loads it. Throws ExpectedError with status 2. */
export function requestedObject({
  object: path,
  watch,
  keepPrivileges,
  implementation,
}: Pick<
  OptionValues,
  'object' | 'watch' | 'keepPrivileges' | 'implementation'
>): ImplementationChoice {
  const given = implementation?.trim().toLowerCase() ?? '';
  if (path !== undefined) {
    const object = { path, bytes: null, watch, measuredAlways: !keepPrivileges };
    return { object, notice: null };
  }
  if (watch) {
    throw wrongUsage('--watch needs a file to watch', 'Name it: --object FILE --watch');
  }
  if (given === '') return { object: null, notice: null };
  const chosen = own.includes(given) ? (given as Implementation) : otherNames[given];
  if (chosen === undefined) {
    throw wrongUsage(
      `EBPF_IMPLEMENTATION="${given}" isn't known`,
      'Set it to embedded, object or libbpf, or leave it out',
    );
  }
  if (chosen === 'object') {
    throw wrongUsage('EBPF_IMPLEMENTATION=object needs a file', 'Name it: --object FILE');
  }
  const notice =
    given === 'embedded'
      ? null
      : `EBPF_IMPLEMENTATION=${given}: the embedded object, loaded by libbpf, is the nearest`;
  return { object: null, notice };
}
