// One record of a capture file, whatever its format; one object is reused for all of them.

/** An interface as the file describes it. */
export interface CaptureInterface {
  /** LINKTYPE_ number. */
  readonly linkType: number;
  /** pcapng if_name; null where the file has none. */
  readonly name: string | null;
}

export interface CaptureRecord {
  interface: CaptureInterface;
  /** The captured bytes are bytes[offset .. offset + captured); `available` of them are in memory (large ones are cut). */
  bytes: Buffer;
  offset: number;
  available: number;
  /** On the wire. */
  originalLength: number;
  /** Seconds and nanoseconds since 1970; NaN seconds: the record has no time (SPB). */
  seconds: number;
  nanoseconds: number;
  /** The capture says that the interface sent this packet. */
  sent: boolean;
}

/** What is wrong with a file, and where. */
export interface CaptureFault {
  readonly what: string;
  /** Bytes from the file's start. */
  readonly offset: number;
}

/** A reader's result: a record, too few bytes in the window (`need`), or a fault. */
export type ReadStep = 'record' | 'more' | 'fault';

export interface CaptureReader {
  /** Bytes that the next step needs in the window; valid after 'more'. */
  readonly need: number;
  /** Interfaces that the file has described so far (the current section's). */
  readonly described: readonly CaptureInterface[];
  /** Set after 'fault'. */
  readonly fault: CaptureFault | null;
  /** Reads on from the window into `record`, which stays valid until the next call. */
  next(record: CaptureRecord): ReadStep;
  /** The file has ended and `need` bytes are not there: null when that is a clean end. */
  atEnd(): CaptureFault | null;
}

export function emptyRecord(): CaptureRecord {
  return {
    interface: { linkType: 0, name: null },
    bytes: Buffer.alloc(0),
    offset: 0,
    available: 0,
    originalLength: 0,
    seconds: 0,
    nanoseconds: 0,
    sent: false,
  };
}

/** Enough for every header that the parser follows and for the longest payload of a kernel event; the rest of a packet is not looked at. */
export const bytesUsedOfPacket = 3520;
