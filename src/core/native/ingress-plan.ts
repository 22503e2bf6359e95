// How an interface is to be read: what sources try and the doctor reports.
import type { NativeHook } from './contract.js';

export interface IngressPlan {
  /** To be tried in this order: the next one where the kernel or the driver doesn't have it. */
  readonly hooks: readonly NativeHook[];
  readonly reason: string;
}
