// Frames in the form that the addon runs (records.h: capture_frame), packed one behind the other into one buffer.
import { captureFrameLayout, interfaceDirection } from '../../wire/layout.generated.js';
import { bytesUsedOfPacket, type CaptureRecord } from './capture-record.js';
import { type LinkHeader, type LinkHeaderReader, writeEthernetHeader } from './link-layer.js';

/** One batch for the addon: some thousand frames, so that the cost of the call is negligible. */
const batchBytes = 4 << 20;
const frameHeaderBytes = captureFrameLayout.size;
const place = captureFrameLayout.offset;
const linkHeaderRoom = 16;
const frameBytesMax = frameHeaderBytes + linkHeaderRoom + bytesUsedOfPacket + 8;

export interface FrameDestination {
  readonly interfaceIndex: number;
  readonly link: LinkHeaderReader | 'ethernet' | 'undecoded';
}

export class FrameBatch {
  readonly buffer = new ArrayBuffer(batchBytes);
  length = 0;
  frames = 0;
  private readonly bytes = new Uint8Array(this.buffer);
  private readonly view = new DataView(this.buffer);
  private readonly header: LinkHeader = {
    etherType: 0,
    logicalLinkControl: false,
    payload: 0,
    sourceAddress: -1,
    sent: false,
  };
  /** Nanoseconds of `cachedSecond`, as two halves: a BigInt for each packet would be slow. */
  private cachedSecond = -1;
  private secondHigh = 0;
  private secondLow = 0;

  get isFull(): boolean {
    return this.length + frameBytesMax > batchBytes;
  }

  clear(): void {
    this.length = 0;
    this.frames = 0;
  }

  /** Needs `isFull` to be false. `seconds` and `nanoseconds`: the time that the frame is to have. */
  add(record: CaptureRecord, to: FrameDestination, seconds: number, nanoseconds: number): void {
    const start = this.length;
    const data = start + frameHeaderBytes;
    let sent = record.sent;
    let captured = 0;
    let linkLengthDelta = 0;
    if (to.link === 'ethernet') {
      captured = this.copy(record, 0, data);
    } else if (to.link !== 'undecoded') {
      const { header } = this;
      header.logicalLinkControl = false;
      header.sourceAddress = -1;
      header.sent = false;
      if (to.link(record.bytes, record.offset, record.available, header)) {
        const payloadLength = record.available - header.payload;
        captured = writeEthernetHeader(this.bytes, data, header, record.bytes, payloadLength);
        linkLengthDelta = captured - header.payload;
        captured += this.copy(record, header.payload, data + captured);
        sent ||= header.sent;
      }
    }
    // Some writers leave the original length at 0 or below what they captured: then the frame ends where its bytes do.
    linkLengthDelta += Math.max(record.available - record.originalLength, 0);
    this.writeTime(start + place.timeNs, seconds, nanoseconds);
    const { view } = this;
    view.setUint32(start + place.originalLength, record.originalLength, true);
    view.setUint32(start + place.capturedLength, captured, true);
    view.setUint32(start + place.interfaceIndex, to.interfaceIndex, true);
    const direction = sent ? interfaceDirection.sent : interfaceDirection.received;
    view.setUint16(start + place.direction, direction, true);
    view.setInt16(start + place.linkLengthDelta, linkLengthDelta, true);
    const end = data + captured;
    this.length = (end + 7) & ~7;
    this.bytes.fill(0, end, this.length);
    this.frames += 1;
  }

  /** Copies the record from its byte `from` on; returns how many bytes that were. */
  private copy(record: CaptureRecord, from: number, target: number): number {
    const count = Math.max(record.available - from, 0);
    record.bytes.copy(this.bytes, target, record.offset + from, record.offset + from + count);
    return count;
  }

  private writeTime(position: number, seconds: number, nanoseconds: number): void {
    if (seconds !== this.cachedSecond) {
      const total = BigInt(seconds) * 1_000_000_000n;
      this.cachedSecond = seconds;
      this.secondHigh = Number(total >> 32n);
      this.secondLow = Number(total & 0xffff_ffffn);
    }
    const low = this.secondLow + nanoseconds;
    const carry = low >= 2 ** 32 ? 1 : 0;
    this.view.setUint32(position, low - carry * 2 ** 32, true);
    this.view.setUint32(position + 4, this.secondHigh + carry, true);
  }
}
