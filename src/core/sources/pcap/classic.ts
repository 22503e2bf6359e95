// Reader of the classic pcap format: both byte orders, micro- and nanoseconds, the variants that libpcap reads.
import {
  bytesUsedOfPacket,
  type CaptureFault,
  type CaptureInterface,
  type CaptureReader,
  type CaptureRecord,
  type ReadStep,
} from './capture-record.js';
import { type FileWindow, windowPieceMax } from './file-window.js';

const fileHeaderBytes = 24;
/** libpcap's and Wireshark's own limit: a record that claims more is garbage. */
const capturedLengthMax = 262_144;
/** D-Bus and USB captures may be larger (libpcap's limit for them). */
const capturedLengthMaxMessages = 128 << 20;
const messageLinkTypes = new Set([189, 220, 231, 249]);

interface Magic {
  readonly littleEndian: boolean;
  readonly nanosecondsPerUnit: number;
  /** Bytes of a record header; Kuznetzov's variant has 8 more. */
  readonly recordHeaderBytes: number;
}

const magics = new Map<number, Magic>([
  [0xa1b2c3d4, { littleEndian: false, nanosecondsPerUnit: 1000, recordHeaderBytes: 16 }],
  [0xd4c3b2a1, { littleEndian: true, nanosecondsPerUnit: 1000, recordHeaderBytes: 16 }],
  [0xa1b23c4d, { littleEndian: false, nanosecondsPerUnit: 1, recordHeaderBytes: 16 }],
  [0x4d3cb2a1, { littleEndian: true, nanosecondsPerUnit: 1, recordHeaderBytes: 16 }],
  [0xa1b2cd34, { littleEndian: false, nanosecondsPerUnit: 1000, recordHeaderBytes: 24 }],
  [0x34cdb2a1, { littleEndian: true, nanosecondsPerUnit: 1000, recordHeaderBytes: 24 }],
]);

/** `magicBigEndian`: the first four bytes of the file, read as big-endian. */
export function isClassicMagic(magicBigEndian: number): boolean {
  return magics.has(magicBigEndian);
}

export class ClassicReader implements CaptureReader {
  need = fileHeaderBytes;
  fault: CaptureFault | null = null;
  private magic: Magic | null = null;
  private interface: CaptureInterface = { linkType: 0, name: null };
  private minorVersion = 4;
  private capturedMax = capturedLengthMax;
  private recordOffset = 0;

  constructor(private readonly window: FileWindow) {}

  get described(): readonly CaptureInterface[] {
    return this.magic === null ? [] : [this.interface];
  }

  next(record: CaptureRecord): ReadStep {
    const { window } = this;
    const magic = this.magic ?? this.readFileHeader();
    if (magic === null) return this.fault === null ? 'more' : 'fault';
    const { littleEndian, recordHeaderBytes } = magic;
    if (window.available < recordHeaderBytes) {
      this.need = recordHeaderBytes;
      return 'more';
    }
    const { view, start } = window;
    this.recordOffset = window.fileOffset;
    let captured = view.getUint32(start + 8, littleEndian);
    let original = view.getUint32(start + 12, littleEndian);
    // Files before 2.3 have the two lengths the other way round, 2.3 has both kinds (libpcap).
    if (this.minorVersion < 3 || (this.minorVersion === 3 && captured > original)) {
      [captured, original] = [original, captured];
    }
    if (captured > this.capturedMax) {
      this.fault = {
        what: `a record claims ${captured} captured bytes, more than ${this.capturedMax}`,
        offset: this.recordOffset,
      };
      return 'fault';
    }
    // Whole records, so that one that is cut off isn't counted; only messages can be too large for that.
    const needed = Math.min(recordHeaderBytes + captured, windowPieceMax);
    if (window.available < needed) {
      this.need = needed;
      return 'more';
    }
    const used = Math.min(captured, bytesUsedOfPacket);
    record.interface = this.interface;
    record.bytes = window.bytes;
    record.offset = start + recordHeaderBytes;
    record.available = used;
    record.originalLength = original;
    const fraction = view.getUint32(start + 4, littleEndian) * magic.nanosecondsPerUnit;
    const carry = Math.floor(fraction / 1e9);
    record.seconds = view.getUint32(start, littleEndian) + carry;
    record.nanoseconds = fraction - carry * 1e9;
    // Kuznetzov's header has the packet type where Linux cooked captures have it: 4 = sent.
    record.sent = recordHeaderBytes === 24 && view.getUint8(start + 22) === 4;
    window.skip(recordHeaderBytes + captured);
    return 'record';
  }

  atEnd(): CaptureFault | null {
    const { window } = this;
    if (this.magic === null) {
      return { what: `the file ends within its header (${window.available} bytes)`, offset: 0 };
    }
    if (window.missing > 0) {
      return {
        what: `the file ends within a packet: ${window.missing} bytes are missing`,
        offset: this.recordOffset,
      };
    }
    if (window.available === 0) return null;
    return {
      what: `the file ends within a record: ${window.available} of ${this.need} bytes are there`,
      offset: window.fileOffset,
    };
  }

  private readFileHeader(): Magic | null {
    const { window } = this;
    if (window.available < fileHeaderBytes) {
      this.need = fileHeaderBytes;
      return null;
    }
    const { view, start } = window;
    const magic = magics.get(view.getUint32(start, false));
    if (magic === undefined) {
      this.fault = { what: 'this is no pcap file', offset: 0 };
      return null;
    }
    const major = view.getUint16(start + 4, magic.littleEndian);
    const minor = view.getUint16(start + 6, magic.littleEndian);
    // 543.0 is a known writer's mistake with swapped lengths (libpcap reads it, too).
    if (major !== 2 && !(major === 543 && minor === 0)) {
      this.fault = { what: `pcap version ${major}.${minor} is not known`, offset: 4 };
      return null;
    }
    this.minorVersion = major === 543 ? 0 : minor;
    // The upper bits hold the length of an FCS; frame lengths stay what the records say.
    const linkType = view.getUint32(start + 20, magic.littleEndian) & 0x03ff_ffff;
    this.interface = { linkType, name: null };
    if (messageLinkTypes.has(linkType)) this.capturedMax = capturedLengthMaxMessages;
    this.magic = magic;
    window.skip(fileHeaderBytes);
    return magic;
  }
}
