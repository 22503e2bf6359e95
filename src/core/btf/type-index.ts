// Finds the sections of a BTF blob and where each type's record begins: one pass that checks every length, and builds no object.
import { BtfError } from './btf-error.js';
import { maximumTypes } from './limits.js';
import { btfKind } from './type.js';

const magic = 0xeb9f;
const headerBytes = 24;
const typeRecordBytes = 12;

export interface TypeIndex {
  readonly view: DataView;
  /** Start of the record of type `id`, in bytes of `view`; index 0 is void and unused. */
  readonly recordOffsets: Uint32Array;
  /** The string section, whose last byte is zero. */
  readonly strings: Uint8Array;
}

/** Bytes that follow the 12 of every record, by kind and number of members; -1: no such kind. */
function bytesBehind(kind: number, members: number): number {
  switch (kind) {
    case btfKind.int:
    case btfKind.variable:
    case btfKind.declarationTag:
      return 4;
    case btfKind.array:
      return 12;
    case btfKind.struct:
    case btfKind.union:
    case btfKind.section:
    case btfKind.enum64:
      return members * 12;
    case btfKind.enum:
    case btfKind.prototype:
      return members * 8;
    default:
      return kind >= btfKind.pointer && kind <= btfKind.typeTag ? 0 : -1;
  }
}

interface Header {
  readonly typesStart: number;
  readonly typesEnd: number;
  readonly stringsStart: number;
  readonly stringsEnd: number;
}

function readHeader(view: DataView): Header {
  const length = view.byteLength;
  if (length < headerBytes) {
    throw new BtfError('truncated', `BTF of ${length} bytes is shorter than its header`);
  }
  if (view.getUint16(0, false) === magic) {
    throw new BtfError('foreign_endianness', 'this BTF is for a big-endian machine');
  }
  if (view.getUint16(0, true) !== magic) throw new BtfError('not_btf', 'there is no BTF magic');
  const version = view.getUint8(2);
  if (version !== 1) throw new BtfError('not_btf', `BTF version ${version} isn't known (1 is)`);
  const header = view.getUint32(4, true);
  if (header < headerBytes || header > length || header % 4 !== 0) {
    throw new BtfError('corrupt', `BTF header length ${header} is impossible`);
  }
  const section = (name: string, at: number): [number, number] => {
    const start = header + view.getUint32(at, true);
    const end = start + view.getUint32(at + 4, true);
    if (end > length) {
      throw new BtfError('truncated', `BTF ${name} end at byte ${end} of ${length}`);
    }
    return [start, end];
  };
  const [typesStart, typesEnd] = section('types', 8);
  const [stringsStart, stringsEnd] = section('strings', 16);
  if (typesStart % 4 !== 0) throw new BtfError('corrupt', 'BTF types are not aligned');
  return { typesStart, typesEnd, stringsStart, stringsEnd };
}

export function indexTypes(bytes: Uint8Array): TypeIndex {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(view);
  const strings = bytes.subarray(header.stringsStart, header.stringsEnd);
  if (strings.length === 0 || strings[0] !== 0 || strings.at(-1) !== 0) {
    throw new BtfError('corrupt', 'BTF strings do not begin and end with a zero byte');
  }
  const most = Math.floor((header.typesEnd - header.typesStart) / typeRecordBytes);
  if (most > maximumTypes * 4) throw new BtfError('too_complex', 'BTF has too many types');
  const offsets = new Uint32Array(most + 1);
  let count = 1;
  let at = header.typesStart;
  while (at < header.typesEnd) {
    if (at + typeRecordBytes > header.typesEnd) {
      throw new BtfError('truncated', `BTF type ${count} is cut off`);
    }
    const information = view.getUint32(at + 4, true);
    const behind = bytesBehind((information >>> 24) & 0x1f, information & 0xffff);
    if (behind < 0) {
      throw new BtfError(
        'corrupt',
        `BTF type ${count} is of unknown kind ${(information >>> 24) & 0x1f}`,
      );
    }
    if (at + typeRecordBytes + behind > header.typesEnd) {
      throw new BtfError('truncated', `BTF type ${count} is cut off`);
    }
    if (count > maximumTypes) throw new BtfError('too_complex', 'BTF has too many types');
    offsets[count++] = at;
    at += typeRecordBytes + behind;
  }
  return { view, recordOffsets: offsets.slice(0, count), strings };
}
