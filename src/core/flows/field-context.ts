// What a field needs beside the columns to have a value: time, interval, names.
import type { FlowColumns } from '../model/flow-columns.js';

export interface FieldContext {
  readonly nowUs: number;
  /** Of the last tick: rates are over it. */
  readonly intervalSeconds: number;
  /** Since start. */
  readonly elapsedSeconds: number;
  /** A summary: rates are means over the run. */
  readonly final: boolean;
  interfaceName(interfaceIndex: number): string;
}

/** The columns beyond those that rules may see. */
export interface QueryColumns extends FlowColumns {
  readonly receivedPackets: Float64Array;
  readonly receivedBytes: Float64Array;
  readonly tcpState: Uint8Array;
  /** Four words a slot, as lowAddress and highAddress lie in memory. */
  readonly lowAddressWords: Uint32Array;
  readonly highAddressWords: Uint32Array;
}
