// The columns that rows are made of, of a few slots: what crosses to another thread in place of rows, in one piece of memory.
import type { FlowRow } from '../model/flow.js';
import { KNP_VLAN_TAGS_MAX, tunnelType } from '../wire/layout.generated.js';
import { wordsOf } from '../wire/words.js';
import type { FieldContext, QueryColumns } from './field-context.js';
import { type RowSource, rowMaker } from './row.js';

/** Rows before they are objects. An object of 25 fields for each cost both threads a millisecond a tick. */
export interface RowBatch {
  readonly count: number;
  /** Transferred, not copied. */
  readonly memory: ArrayBuffer;
  readonly context: Omit<FieldContext, 'interfaceName'>;
  /** Of the rows' interfaces, by index. */
  readonly interfaceNames: ReadonlyMap<number, string>;
}

/** Wide elements first, so that each column begins where its elements may lie. */
const BYTES_PER_ROW = 14 * 8 + 13 * 4 + 4 * 16 + (2 + KNP_VLAN_TAGS_MAX) * 2 + 8;

/** Fields are written out one by one on purpose, as in the flow table's columns. */
class PickedColumns implements RowSource {
  readonly id: Float64Array;
  readonly lowToHighPackets: Float64Array;
  readonly highToLowPackets: Float64Array;
  readonly lowToHighBytes: Float64Array;
  readonly highToLowBytes: Float64Array;
  readonly receivedPackets: Float64Array;
  readonly receivedBytes: Float64Array;
  readonly deltaLowToHighPackets: Float64Array;
  readonly deltaHighToLowPackets: Float64Array;
  readonly deltaLowToHighBytes: Float64Array;
  readonly deltaHighToLowBytes: Float64Array;
  readonly firstSeenUs: Float64Array;
  readonly lastSeenUs: Float64Array;
  readonly smoothedBitsPerSecond: Float64Array;
  readonly interfaceIndex: Uint32Array;
  readonly tunnelId: Uint32Array;
  readonly seen: Uint32Array;
  readonly deltaSeen: Uint32Array;
  readonly fragments: Uint32Array;
  readonly syn: Uint32Array;
  readonly synAck: Uint32Array;
  readonly fin: Uint32Array;
  readonly rst: Uint32Array;
  readonly lowAddress: Uint8Array;
  readonly highAddress: Uint8Array;
  readonly tunnelSource: Uint8Array;
  readonly tunnelDestination: Uint8Array;
  readonly lowPort: Uint16Array;
  readonly highPort: Uint16Array;
  readonly vlan: Uint16Array;
  readonly hasPorts: Uint8Array;
  readonly protocol: Uint8Array;
  readonly family: Uint8Array;
  readonly tunnelType: Uint8Array;
  readonly icmpType: Uint8Array;
  readonly icmpCode: Uint8Array;
  readonly sourceIsLow: Uint8Array;
  readonly tcpState: Uint8Array;

  constructor(memory: ArrayBuffer, count: number) {
    let at = 0;
    const doubles = (): Float64Array => new Float64Array(memory, claim(8), count);
    const words = (width = 1): Uint32Array =>
      new Uint32Array(memory, claim(4 * width), count * width);
    const halves = (width = 1): Uint16Array =>
      new Uint16Array(memory, claim(2 * width), count * width);
    const bytes = (width = 1): Uint8Array => new Uint8Array(memory, claim(width), count * width);
    const claim = (bytesPerRow: number): number => {
      const start = at;
      at += bytesPerRow * count;
      return start;
    };
    this.id = doubles();
    this.lowToHighPackets = doubles();
    this.highToLowPackets = doubles();
    this.lowToHighBytes = doubles();
    this.highToLowBytes = doubles();
    this.receivedPackets = doubles();
    this.receivedBytes = doubles();
    this.deltaLowToHighPackets = doubles();
    this.deltaHighToLowPackets = doubles();
    this.deltaLowToHighBytes = doubles();
    this.deltaHighToLowBytes = doubles();
    this.firstSeenUs = doubles();
    this.lastSeenUs = doubles();
    this.smoothedBitsPerSecond = doubles();
    this.interfaceIndex = words();
    this.tunnelId = words();
    this.seen = words();
    this.deltaSeen = words();
    this.fragments = words();
    this.syn = words(2);
    this.synAck = words(2);
    this.fin = words(2);
    this.rst = words(2);
    this.lowAddress = bytes(16);
    this.highAddress = bytes(16);
    this.tunnelSource = bytes(16);
    this.tunnelDestination = bytes(16);
    this.lowPort = halves();
    this.highPort = halves();
    this.vlan = halves(KNP_VLAN_TAGS_MAX);
    this.hasPorts = bytes();
    this.protocol = bytes();
    this.family = bytes();
    this.tunnelType = bytes();
    this.icmpType = bytes();
    this.icmpCode = bytes();
    this.sourceIsLow = bytes();
    this.tcpState = bytes();
  }
}

/** Addresses are copied by words, a tunnel's only where there is one. */
const columnNames = Object.keys(new PickedColumns(new ArrayBuffer(0), 0)).filter(
  (name) => !/Address$|^tunnel(Source|Destination)$/.test(name),
) as (keyof PickedColumns)[];

type Slots = readonly number[];

// One function for each kind of array: one for all is ten times slower, for V8 knows only in a single-kind loop what it copies.
function copyDoubles(to: Float64Array, from: Float64Array, slots: Slots): void {
  for (let row = 0; row < slots.length; row += 1) to[row] = from[slots[row]!]!;
}

function copyWords(to: Uint32Array, from: Uint32Array, slots: Slots, width: number): void {
  for (let row = 0; row < slots.length; row += 1)
    for (let i = 0; i < width; i += 1) to[row * width + i] = from[slots[row]! * width + i]!;
}

function copyHalves(to: Uint16Array, from: Uint16Array, slots: Slots, width: number): void {
  for (let row = 0; row < slots.length; row += 1)
    for (let i = 0; i < width; i += 1) to[row * width + i] = from[slots[row]! * width + i]!;
}

function copyBytes(to: Uint8Array, from: Uint8Array, slots: Slots, width: number): void {
  for (let row = 0; row < slots.length; row += 1)
    for (let i = 0; i < width; i += 1) to[row * width + i] = from[slots[row]! * width + i]!;
}

function copyTunnel(to: PickedColumns, from: QueryColumns, row: number, slot: number): void {
  for (let i = 0; i < 16; i += 1) {
    to.tunnelSource[row * 16 + i] = from.tunnelSource[slot * 16 + i]!;
    to.tunnelDestination[row * 16 + i] = from.tunnelDestination[slot * 16 + i]!;
  }
}

/** Copies what rows of these slots need. */
export function packRows(
  columns: QueryColumns,
  slots: Slots,
  { interfaceName, ...context }: FieldContext,
): RowBatch {
  const count = slots.length;
  const memory = new ArrayBuffer(count * BYTES_PER_ROW);
  const picked = new PickedColumns(memory, count);
  for (const name of columnNames) {
    const [from, to] = [columns[name], picked[name]];
    const width = count > 0 ? to.length / count : 0;
    if (to instanceof Float64Array) copyDoubles(to, from as Float64Array, slots);
    else if (to instanceof Uint32Array) copyWords(to, from as Uint32Array, slots, width);
    else if (to instanceof Uint16Array) copyHalves(to, from as Uint16Array, slots, width);
    else copyBytes(to, from as Uint8Array, slots, width);
  }
  copyWords(wordsOf(picked.lowAddress), columns.lowAddressWords, slots, 4);
  copyWords(wordsOf(picked.highAddress), columns.highAddressWords, slots, 4);
  for (let row = 0; row < count; row += 1) {
    if (picked.tunnelType[row] !== tunnelType.none) copyTunnel(picked, columns, row, slots[row]!);
  }
  const interfaceNames = new Map<number, string>();
  for (const index of picked.interfaceIndex) {
    if (!interfaceNames.has(index)) interfaceNames.set(index, interfaceName(index));
  }
  return { count, memory, context, interfaceNames };
}

/** The rows, in the order in which they were picked. */
export function unpackRows({ count, memory, context, interfaceNames }: RowBatch): FlowRow[] {
  // Written out: spread, it would have another shape now and then, and what is compiled for rows be compiled again.
  const { nowUs, intervalSeconds, elapsedSeconds, final } = context;
  const interfaceName = (index: number): string => interfaceNames.get(index) ?? '';
  const named = { nowUs, intervalSeconds, elapsedSeconds, final, interfaceName };
  const make = rowMaker(new PickedColumns(memory, count), named);
  return Array.from({ length: count }, (_, row) => make(row));
}
