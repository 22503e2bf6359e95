// Writes capture files for tests: classic pcap of both byte orders and pcapng with all its packet blocks.

export interface CapturedPacket {
  readonly bytes: Uint8Array;
  /** Length on the wire; default: the captured length. */
  readonly originalLength?: number;
  /** Microseconds since 1970. */
  readonly timeUs?: number;
  /** Added to timeUs, 0 to 999. */
  readonly nanoseconds?: number;
  /** pcapng: the interface's number in its section. */
  readonly interfaceId?: number;
  /** pcapng: epb_flags. */
  readonly flags?: number;
}

export interface ClassicOptions {
  readonly linkType?: number;
  readonly bigEndian?: boolean;
  readonly nanoseconds?: boolean;
  readonly snapLength?: number;
  readonly magic?: number;
  readonly minorVersion?: number;
}

/** Writes fields in the file's byte order. */
class FieldWriter {
  private readonly parts: Buffer[] = [];

  constructor(private readonly bigEndian: boolean) {}

  u16(...values: number[]): this {
    for (const value of values) {
      const part = Buffer.alloc(2);
      if (this.bigEndian) part.writeUInt16BE(value);
      else part.writeUInt16LE(value);
      this.parts.push(part);
    }
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) {
      const part = Buffer.alloc(4);
      if (this.bigEndian) part.writeUInt32BE(value >>> 0);
      else part.writeUInt32LE(value >>> 0);
      this.parts.push(part);
    }
    return this;
  }

  i64(value: bigint): this {
    const part = Buffer.alloc(8);
    if (this.bigEndian) part.writeBigInt64BE(value);
    else part.writeBigInt64LE(value);
    this.parts.push(part);
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.parts.push(Buffer.from(bytes));
    return this;
  }

  padded(bytes: Uint8Array): this {
    return this.raw(bytes).raw(Buffer.alloc((4 - (bytes.length % 4)) % 4));
  }

  take(): Buffer {
    return Buffer.concat(this.parts);
  }
}

export function classicCapture(
  packets: readonly CapturedPacket[],
  options: ClassicOptions = {},
): Buffer {
  const file = new FieldWriter(options.bigEndian ?? false);
  const magic = options.magic ?? (options.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4);
  file.u32(magic).u16(2, options.minorVersion ?? 4);
  file.u32(0, 0, options.snapLength ?? 262_144, options.linkType ?? 1);
  for (const packet of packets) {
    const timeUs = packet.timeUs ?? 0;
    const seconds = Math.floor(timeUs / 1e6);
    const microseconds = timeUs - seconds * 1e6;
    const fraction = options.nanoseconds
      ? microseconds * 1000 + (packet.nanoseconds ?? 0)
      : microseconds;
    file.u32(seconds, fraction, packet.bytes.length, packet.originalLength ?? packet.bytes.length);
    file.raw(packet.bytes);
  }
  return file.take();
}

export interface WrittenInterface {
  readonly linkType?: number;
  readonly name?: string;
  /** if_tsresol. */
  readonly resolution?: number;
  /** if_tsoffset, seconds. */
  readonly offsetSeconds?: number;
  readonly snapLength?: number;
}

/** Writes sections and blocks in the order of the calls. */
export class PcapngWriter {
  private readonly blocks: Buffer[] = [];
  private interfaces: WrittenInterface[] = [];

  constructor(private bigEndian = false) {
    this.section(bigEndian);
  }

  section(bigEndian: boolean): this {
    this.bigEndian = bigEndian;
    this.interfaces = [];
    const body = this.fields().u32(0x1a2b3c4d).u16(1, 0).i64(-1n);
    return this.block(0x0a0d0d0a, body.take());
  }

  interface(description: WrittenInterface = {}): this {
    const body = this.fields().u16(description.linkType ?? 1, 0);
    body.u32(description.snapLength ?? 0);
    if (description.name !== undefined) this.option(body, 2, Buffer.from(description.name));
    if (description.resolution !== undefined) {
      this.option(body, 9, Uint8Array.of(description.resolution));
    }
    if (description.offsetSeconds !== undefined) {
      this.option(body, 14, this.fields().i64(BigInt(description.offsetSeconds)).take());
    }
    this.interfaces.push(description);
    return this.block(1, body.u16(0, 0).take());
  }

  enhanced(packet: CapturedPacket): this {
    const body = this.fields().u32(packet.interfaceId ?? 0);
    return this.block(6, this.packetBody(body, packet));
  }

  obsolete(packet: CapturedPacket): this {
    const body = this.fields().u16(packet.interfaceId ?? 0, 0xffff);
    return this.block(2, this.packetBody(body, packet));
  }

  simple(packet: CapturedPacket): this {
    const body = this.fields().u32(packet.originalLength ?? packet.bytes.length);
    return this.block(3, body.padded(packet.bytes).take());
  }

  block(type: number, body: Uint8Array): this {
    const length = body.length + ((4 - (body.length % 4)) % 4) + 12;
    this.blocks.push(this.fields().u32(type, length).padded(body).u32(length).take());
    return this;
  }

  take(): Buffer {
    return Buffer.concat(this.blocks);
  }

  private fields(): FieldWriter {
    return new FieldWriter(this.bigEndian);
  }

  private option(body: FieldWriter, code: number, value: Uint8Array): void {
    body.u16(code, value.length).padded(value);
  }

  private packetBody(body: FieldWriter, packet: CapturedPacket): Buffer {
    const units = this.timeUnits(packet);
    body.u32(Number(units >> 32n), Number(units & 0xffff_ffffn));
    body.u32(packet.bytes.length, packet.originalLength ?? packet.bytes.length);
    body.padded(packet.bytes);
    if (packet.flags !== undefined) {
      this.option(body, 1, Buffer.from('a comment'));
      this.option(body, 2, this.fields().u32(packet.flags).take());
      body.u16(0, 0);
    }
    return body.take();
  }

  private timeUnits(packet: CapturedPacket): bigint {
    const description = this.interfaces[packet.interfaceId ?? 0];
    const resolution = description?.resolution ?? 6;
    const base = resolution & 0x80 ? 2n : 10n;
    const perSecond = base ** BigInt(resolution & 0x7f);
    const nanoseconds =
      BigInt(packet.timeUs ?? 0) * 1000n +
      BigInt(packet.nanoseconds ?? 0) -
      BigInt(description?.offsetSeconds ?? 0) * 1_000_000_000n;
    return (nanoseconds * perSecond) / 1_000_000_000n;
  }
}
