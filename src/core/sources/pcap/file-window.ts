// A bounded view of a file that is read once from front to back; works on pipes, too.
/** Read at once: large enough that a system call is noise, small enough for the cache. */
const chunkBytes = 1 << 20;
/** No reader may ask for more in one piece: the largest packet (256 KiB) with its options fits many times. */
export const windowPieceMax = 1 << 20;

/** The common interface of a FileHandle and an inherited descriptor. */
export interface ByteFile {
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: null,
  ): Promise<{ bytesRead: number }>;
  close(): Promise<void>;
}

export class FileWindow {
  readonly bytes: Buffer = Buffer.allocUnsafe(chunkBytes + windowPieceMax);
  readonly view: DataView;
  /** Unread bytes are bytes[start..end). */
  start = 0;
  end = 0;
  /** Offset in the file of bytes[start]; skipped bytes are already behind it. */
  fileOffset = 0;
  endOfFile = false;
  /** Bytes that were skipped but have not come from the file yet. */
  private toDiscard = 0;

  constructor(private readonly file: ByteFile) {
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  }

  get available(): number {
    return this.end - this.start;
  }

  /** Moves on over bytes that need not be in the window yet. */
  skip(count: number): void {
    const here = Math.min(count, this.available);
    this.start += here;
    this.fileOffset += count;
    this.toDiscard += count - here;
  }

  /** Bytes of the last skip that the file did not have; only known at its end. */
  get missing(): number {
    return this.endOfFile ? this.toDiscard : 0;
  }

  /** Reads until at least `need` bytes are there; false when the file ends before. */
  async fill(need: number): Promise<boolean> {
    if (need > windowPieceMax) throw new RangeError(`a piece of ${need} bytes was asked for`);
    if (this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    }
    while ((this.toDiscard > 0 || this.available < need) && !this.endOfFile) {
      const { bytesRead } = await this.file.read(this.bytes, this.end, chunkBytes, null);
      if (bytesRead === 0) {
        this.endOfFile = true;
        break;
      }
      const discarded = Math.min(bytesRead, this.toDiscard);
      if (discarded > 0) {
        this.bytes.copyWithin(this.end, this.end + discarded, this.end + bytesRead);
        this.toDiscard -= discarded;
      }
      this.end += bytesRead - discarded;
    }
    return this.toDiscard === 0 && this.available >= need;
  }
}
