// Reader of pcapng: sections of either byte order, several interfaces, enhanced, simple and obsolete packet blocks.
import {
  bytesUsedOfPacket,
  type CaptureFault,
  type CaptureInterface,
  type CaptureReader,
  type CaptureRecord,
  type ReadStep,
} from './capture-record.js';
import { type FileWindow, windowPieceMax } from './file-window.js';
import { cleanName, findOption } from './pcapng-options.js';
import { TimeStampReader } from './time-stamp.js';

export const sectionHeaderType = 0x0a0d0d0a;
const byteOrderMagic = 0x1a2b3c4d;
const blockInterface = 1;
const blockObsoletePacket = 2;
const blockSimplePacket = 3;
const blockEnhancedPacket = 6;

const optionInterfaceName = 2;
const optionTimeResolution = 9;
const optionTimeOffset = 14;
const optionPacketFlags = 2;
const packetOutbound = 2;

/** Interfaces of a section: far more than a machine has, small enough for memory when a file lies. */
const interfacesMax = 65_536;
/** A block's smallest size: type, length, length again. */
const blockFrameBytes = 12;

interface SectionInterface extends CaptureInterface {
  readonly time: TimeStampReader;
  readonly snapLength: number;
}

type BlockResult = 'record' | 'skipped' | 'fault';

export class PcapngReader implements CaptureReader {
  need = blockFrameBytes;
  fault: CaptureFault | null = null;
  private littleEndian = true;
  private inSection = false;
  private interfaces: SectionInterface[] = [];
  private blockOffset = 0;

  constructor(private readonly window: FileWindow) {}

  get described(): readonly CaptureInterface[] {
    return this.interfaces;
  }

  next(record: CaptureRecord): ReadStep {
    const { window } = this;
    const { view } = window;
    for (;;) {
      if (window.available < blockFrameBytes) {
        this.need = blockFrameBytes;
        return 'more';
      }
      this.blockOffset = window.fileOffset;
      const { start } = window;
      const type = view.getUint32(start, this.littleEndian);
      const isSection = type === sectionHeaderType; // a palindrome: equal in both byte orders
      if (isSection && !this.readByteOrder(start + 8)) return 'fault';
      if (!isSection && !this.inSection) return this.failed('this is no pcapng file');
      const length = view.getUint32(start + 4, this.littleEndian);
      if (length < blockFrameBytes || length % 4 !== 0) {
        return this.failed(`a block claims a length of ${length} bytes`);
      }
      const inWindow = Math.min(length, windowPieceMax);
      if (window.available < inWindow) {
        this.need = inWindow;
        return 'more';
      }
      if (inWindow === length && view.getUint32(start + length - 4, this.littleEndian) !== length) {
        return this.failed(`a block's two lengths differ (${length} at its start)`);
      }
      const bodyEnd = inWindow === length ? start + length - 4 : start + inWindow;
      const result = this.readBlock(type, start + 8, bodyEnd, record);
      if (result === 'fault') return 'fault';
      window.skip(length);
      if (result === 'record') return 'record';
    }
  }

  atEnd(): CaptureFault | null {
    const { window } = this;
    if (window.missing > 0) {
      return {
        what: `the file ends within a block: ${window.missing} bytes are missing`,
        offset: this.blockOffset,
      };
    }
    if (window.available === 0) return null;
    return {
      what: `the file ends within a block: ${window.available} of ${this.need} bytes are there`,
      offset: window.fileOffset,
    };
  }

  private failed(what: string): 'fault' {
    this.fault = { what, offset: this.blockOffset };
    return 'fault';
  }

  private readByteOrder(position: number): boolean {
    const { view } = this.window;
    const littleEndian = view.getUint32(position, true) === byteOrderMagic;
    if (!littleEndian && view.getUint32(position, false) !== byteOrderMagic) {
      this.failed('a section header has no byte order magic');
      return false;
    }
    this.littleEndian = littleEndian;
    return true;
  }

  private readBlock(type: number, body: number, end: number, record: CaptureRecord): BlockResult {
    switch (type) {
      case sectionHeaderType:
        return this.readSection(body, end);
      case blockInterface:
        return this.readInterface(body, end);
      case blockEnhancedPacket:
        return this.readPacket(body, end, record, false);
      case blockObsoletePacket:
        return this.readPacket(body, end, record, true);
      case blockSimplePacket:
        return this.readSimplePacket(body, end, record);
      default:
        // Names, statistics, secrets, custom blocks and whatever comes to be: no packets.
        return 'skipped';
    }
  }

  private readSection(body: number, end: number): BlockResult {
    if (end - body < 16) return this.failed('a section header is too short');
    const major = this.window.view.getUint16(body + 4, this.littleEndian);
    if (major !== 1) return this.failed(`pcapng version ${major} is not known`);
    this.interfaces = [];
    this.inSection = true;
    return 'skipped';
  }

  private readInterface(body: number, end: number): BlockResult {
    const { view, bytes } = this.window;
    const { littleEndian } = this;
    if (end - body < 8) return this.failed('an interface description is too short');
    if (this.interfaces.length >= interfacesMax) {
      return this.failed(`a section describes more than ${interfacesMax} interfaces`);
    }
    const options = body + 8;
    const name = findOption(view, options, end, optionInterfaceName, littleEndian);
    const resolution = findOption(view, options, end, optionTimeResolution, littleEndian);
    const offset = findOption(view, options, end, optionTimeOffset, littleEndian);
    this.interfaces.push({
      linkType: view.getUint16(body, littleEndian),
      snapLength: view.getUint32(body + 4, littleEndian),
      name: name && cleanName(bytes.subarray(name.offset, name.offset + name.length)),
      time: new TimeStampReader(
        resolution !== null && resolution.length >= 1 ? view.getUint8(resolution.offset) : 6,
        offset !== null && offset.length >= 8
          ? Number(view.getBigInt64(offset.offset, littleEndian))
          : 0,
      ),
    });
    return 'skipped';
  }

  /** Enhanced packet block, or the obsolete one, which has 16 bits each for interface and drops. */
  private readPacket(
    body: number,
    end: number,
    record: CaptureRecord,
    obsolete: boolean,
  ): BlockResult {
    const { view, bytes } = this.window;
    const { littleEndian } = this;
    if (end - body < 20) return this.failed('a packet block is too short');
    const interfaceId = obsolete
      ? view.getUint16(body, littleEndian)
      : view.getUint32(body, littleEndian);
    const description = this.interfaces[interfaceId];
    if (description === undefined) {
      return this.failed(`a packet names interface ${interfaceId}, which is not described`);
    }
    const captured = view.getUint32(body + 12, littleEndian);
    const blockLength = view.getUint32(body - 4, littleEndian);
    if (captured > blockLength - blockFrameBytes - 20) {
      return this.failed(`a packet claims ${captured} captured bytes in a block of ${blockLength}`);
    }
    const data = body + 20;
    record.interface = description;
    record.bytes = bytes;
    record.offset = data;
    record.available = Math.min(captured, bytesUsedOfPacket);
    record.originalLength = view.getUint32(body + 16, littleEndian);
    description.time.read(
      view.getUint32(body + 4, littleEndian),
      view.getUint32(body + 8, littleEndian),
      record,
    );
    const optionsStart = data + ((captured + 3) & ~3);
    record.sent = optionsStart + 8 <= end && this.isOutbound(optionsStart, end, littleEndian);
    return 'record';
  }

  private isOutbound(start: number, end: number, littleEndian: boolean): boolean {
    const { view } = this.window;
    const flags = findOption(view, start, end, optionPacketFlags, littleEndian);
    if (flags === null || flags.length !== 4) return false;
    return (view.getUint32(flags.offset, littleEndian) & 3) === packetOutbound;
  }

  private readSimplePacket(body: number, end: number, record: CaptureRecord): BlockResult {
    const description = this.interfaces[0];
    if (description === undefined) {
      return this.failed('a simple packet block comes before any interface description');
    }
    if (end - body < 4) return this.failed('a packet block is too short');
    const { view, bytes } = this.window;
    const original = view.getUint32(body, this.littleEndian);
    const snapLength =
      description.snapLength === 0 ? Number.POSITIVE_INFINITY : description.snapLength;
    record.interface = description;
    record.bytes = bytes;
    record.offset = body + 4;
    record.available = Math.min(original, snapLength, end - body - 4, bytesUsedOfPacket);
    record.originalLength = original;
    record.seconds = Number.NaN;
    record.nanoseconds = 0;
    record.sent = false;
    return 'record';
  }
}
