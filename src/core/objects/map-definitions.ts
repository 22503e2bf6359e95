// Maps as the object declares them: libbpf's convention of `.maps`, where a map is a struct whose members are types, never values.
import type { Btf } from '../btf/btf.js';
import { resolveType } from '../btf/layout.js';
import type { BtfComposite } from '../btf/type.js';
import { isRingBuffer } from './map-types.js';

/** BTF type ids; 0 where the object names none. */
export interface MapDefinition {
  readonly name: string;
  /** enum bpf_map_type. */
  readonly type: number;
  readonly keyType: number;
  readonly valueType: number;
  /** Where sizes are given in place of types; else 0. */
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** Ring buffers: the type of their events, from `__type(value, …)` or a declaration tag `event:<map>`. */
  readonly eventType: number;
}

/** `__uint(name, n)` is a pointer to an array of n ints. */
function numberOf(btf: Btf, id: number): number {
  const pointer = resolveType(btf, id);
  const array = pointer.kind === 'pointer' ? resolveType(btf, pointer.target) : pointer;
  return array.kind === 'array' ? array.count : 0;
}

/** `__type(name, T)` is a pointer to T. */
function typeOf(btf: Btf, id: number): number {
  const pointer = resolveType(btf, id);
  return pointer.kind === 'pointer' ? pointer.target : 0;
}

const eventTag = 'event:';

function taggedEvents(btf: Btf): Map<string, number> {
  const tagged = new Map<string, number>();
  for (let id = 1; id < btf.typeCount; id++) {
    const type = btf.type(id);
    if (type.kind !== 'declarationTag' || !type.name.startsWith(eventTag)) continue;
    tagged.set(type.name.slice(eventTag.length), type.target);
  }
  return tagged;
}

function definition(
  btf: Btf,
  name: string,
  type: BtfComposite,
  events: Map<string, number>,
): MapDefinition {
  const members = new Map(type.members.map((member) => [member.name, member.type]));
  const number = (member: string) =>
    members.has(member) ? numberOf(btf, members.get(member)!) : 0;
  const pointee = (member: string) => (members.has(member) ? typeOf(btf, members.get(member)!) : 0);
  const ring = isRingBuffer(number('type'));
  return {
    name,
    type: number('type'),
    keyType: ring ? 0 : pointee('key'),
    valueType: ring ? 0 : pointee('value'),
    keyBytes: number('key_size'),
    valueBytes: number('value_size'),
    maxEntries: number('max_entries'),
    flags: number('map_flags'),
    eventType: ring ? events.get(name) || pointee('value') : 0,
  };
}

/** In the order of the object's BTF. Throws BtfError where the BTF lies. */
export function readMapDefinitions(btf: Btf): MapDefinition[] {
  const section = btf.find('.maps', 'section');
  if (section?.kind !== 'section') return [];
  const events = taggedEvents(btf);
  return section.variables.flatMap(({ type: id }) => {
    const variable = btf.type(id);
    const type = resolveType(btf, id);
    return variable.kind === 'variable' && type.kind === 'struct'
      ? [definition(btf, variable.name, type, events)]
      : [];
  });
}
