// Where batches come from: live interfaces, a capture file, a recording. The monitor pulls; a source never pushes.
import type { InterfaceState, Warning } from '../model/snapshot.js';
import type { NativeReloadable } from '../native/contract.js';

/** Interface indexes are the kernel's, or made up by a capture; slots are rows of the totals section. */
export interface SourceInterface extends InterfaceState {
  readonly slot: number;
  /** Captures with a link type that isn't decoded: the name that PROTOCOL_LINK_TYPE has on this interface. */
  readonly linkTypeName?: string;
  /** False once it has been deleted: its totals stay, there is no more traffic. */
  readonly present: boolean;
}

export interface SourceTick {
  /** A batch of records.h. The monitor gives it back with the next pull (`reuse`). */
  readonly batch: ArrayBuffer;
  /** Buffers of whole event_records, in order. */
  readonly kernelEvents: readonly ArrayBuffer[];
  /** Kernel events dropped before JavaScript since start (the kernel's own losses are in the batch). */
  readonly kernelEventsLost: number;
  /** End of this interval, microseconds since 1970: the run clock live, capture time in captures. */
  readonly timeUs: number;
  /** The wall clock at that moment; captures: capture time. */
  readonly wallUs: number;
  /** Captures: time has jumped back, and this tick begins a new segment at this time: windows and rates restart, counters continue. */
  readonly segmentStartUs?: number;
  /** Length of this interval. Captures: the nominal interval, or what the last one really had. */
  readonly intervalSeconds: number;
  readonly warnings: readonly Warning[];
  /** Captures with a fault: everything before it is in this batch and those before; the run ends with exit 1 after it. */
  readonly fault?: Error;
}

export interface SourceStart {
  /** Microseconds since 1970: now by the run clock, or the capture's first packet. */
  readonly timeUs: number;
  /** The wall clock at that moment; captures: capture time. */
  readonly wallUs: number;
  readonly warnings: readonly Warning[];
}

/** The kernel's program statistics, and how long they have been on. */
export interface KernelMeasurement {
  readonly state: 'on' | 'off' | 'refused' | 'unused';
  readonly measuredSeconds: number;
}

export interface SourceCost {
  readonly mapBytes: number;
}

/** Programs and maps of a source that has some in the kernel. */
export interface SourcePrograms {
  /** The loaded object; null before the start and after the end. */
  readonly loaded: NativeReloadable | null;
  /** The ring of kernel events: the most bytes that waited in it since the last call. Absent: it is read in step (captures). */
  takeRingHighWaterBytes?(): number;
  /** The kernel's program statistics. Absent: not requested. */
  measurement?(): KernelMeasurement;
  /** Measures continuously, where permitted, instead of one second in thirty. */
  measureAlways?(always: boolean): void;
}

export interface Source {
  /**
   * 'timer': the monitor pulls once in each interval (live). 'immediate': it pulls again as soon as it is done (captures), and
   * `pull` resolves with null at the end.
   */
  readonly pacing: 'timer' | 'immediate';
  /** Loads and attaches; rejects with an ExpectedError (src/core/errors) that has the exit status. */
  start(): Promise<SourceStart>;
  /** All interfaces, including removed ones. */
  interfaces(): readonly SourceInterface[];
  /**
   * What came since the last pull. `reuse` is the batch of the tick before last: it may be filled again. `last`: no pull follows, and
   * pending kernel events belong to it.
   */
  pull(
    intervalSeconds: number,
    reuse: ArrayBuffer | undefined,
    last?: boolean,
  ): Promise<SourceTick | null>;
  /** Returns a batch's buffer as soon as it has been read, instead of with the next pull. */
  release?(batch: ArrayBuffer): void;
  cost(): SourceCost;
  /** The object that is loaded in the kernel; null if none. */
  readonly programs: SourcePrograms | null;
  /** Detaches everything; idempotent. */
  close(): Promise<void>;
}
