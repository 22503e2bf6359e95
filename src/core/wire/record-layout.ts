// Where the fields of a record lie: of this version as compiled in, of another one as a recording's header describes them.
import {
  flowCountersLayout,
  flowDetailsLayout,
  flowKeyLayout,
  flowRecordLayout,
  interfaceTotalLayout,
  recordLayout,
  trafficCounterLayout,
} from './layout.generated.js';

export interface FieldPlace {
  /** Bytes from the start of the record. */
  readonly offset: number;
  /** Bytes of one element: */
  readonly width: 1 | 2 | 4 | 8;
  /** Elements; 1 where it is no array. */
  readonly count: number;
}

export interface RecordLayout {
  /** Bytes of one record. */
  readonly size: number;
  /** Fields of structs within have names as `key.vlan`. */
  readonly fields: ReadonlyMap<string, FieldPlace>;
}

/** By enum record_layout of the writer's ABI. */
export type RecordLayouts = ReadonlyMap<number, RecordLayout>;

interface StructLayout {
  readonly size: number;
  readonly offset: Readonly<Record<string, number>>;
  readonly width: Readonly<Record<string, number>>;
  readonly count: Readonly<Record<string, number>>;
}

/** A struct's fields, those of the structs in it under their names. */
function flatten(
  struct: StructLayout,
  parts: Readonly<Record<string, StructLayout>> = {},
): RecordLayout {
  const fields = new Map<string, FieldPlace>();
  for (const [name, offset] of Object.entries(struct.offset)) {
    const part = parts[name];
    if (!part) {
      const width = struct.width[name] as FieldPlace['width'];
      fields.set(name, { offset, width, count: struct.count[name]! });
      continue;
    }
    for (const [inner, place] of flatten(part).fields) {
      fields.set(`${name}.${inner}`, { ...place, offset: offset + place.offset });
    }
  }
  return { size: struct.size, fields };
}

/** Of this version: what a recording's header holds. */
export const compiledLayouts: RecordLayouts = new Map([
  [recordLayout.interfaceTotal, flatten(interfaceTotalLayout, { traffic: trafficCounterLayout })],
  [recordLayout.trafficCounter, flatten(trafficCounterLayout)],
  [
    recordLayout.flowRecord,
    flatten(flowRecordLayout, {
      counters: flowCountersLayout,
      key: flowKeyLayout,
      details: flowDetailsLayout,
    }),
  ],
]);
