// What a run is to do, as plain data: it crosses to the worker thread by copy.
import type { DetectionSettingsData } from '../detect/settings.js';
import type { SinkRequest } from '../export/sinks.js';
import type { FlowView } from '../model/view.js';
import { type OptionValues, type RunOptions, runOptions } from '../options/schema.js';
import { sortOrder } from '../options/value-schemas.js';

export interface LiveRequest {
  readonly kind: 'live';
  /** Names, 'any' among them, or none. */
  readonly interfaces: readonly string[];
  readonly environmentInterface: string | undefined;
  readonly ingress: OptionValues['ingress'];
  readonly egress: OptionValues['egress'];
  /** File of the network namespace whose interfaces are watched; null: the process's own. */
  readonly networkNamespace: string | null;
  /** The run fails when its last interface has been removed, instead of waiting for one to return. */
  readonly exitWhenGone?: boolean;
  /** Slots for interfaces that are added explicitly later. */
  readonly spareSlots?: number;
  /** Sampled packets a second and CPU; 0, or left out: none. */
  readonly packetSamples?: number;
}

export interface CaptureRequest {
  readonly kind: 'capture';
  readonly path: string;
}

/** A user's BPF object: a file, or its bytes. */
export interface ObjectRequest {
  readonly path: string | null;
  readonly bytes: Uint8Array | null;
  /** Reload it when the file changes. */
  readonly watch: boolean;
  /** Keep the kernel's program statistics on: without CAP_SYS_ADMIN, once dropped, they can't be switched on again. Default: one second in thirty. */
  readonly measuredAlways?: boolean;
}

export interface RunRequest extends RunOptions {
  readonly source: LiveRequest | CaptureRequest;
  /** Of the sinks, whatever the port shows. */
  readonly view: FlowView;
  /** Of the port, until `setView`. Default: `view`. */
  readonly portView?: FlowView;
  /** The outputs beside the port, in the monitor's thread. */
  readonly sinks?: readonly SinkRequest[];
  /** The first tick is after a whole interval, instead of a quarter of a second. */
  readonly wholeFirstInterval?: boolean;
  /** A capture on a screen: views are answered until `stop`, though all has been read. */
  readonly answersAfterEnd?: boolean;
  readonly object?: ObjectRequest | null;
  /** False: no rules run, and the programs emit no kernel events. */
  readonly detection?: boolean;
  /** The user's thresholds, allow lists and rules. */
  readonly detectionSettings?: DetectionSettingsData | null;
}

/** The flows that a tick shows. */
export function viewOf(
  { filter, sort, limit }: Pick<OptionValues, 'filter' | 'sort' | 'limit'>,
  descending?: boolean,
): FlowView {
  return {
    filter,
    sort: sortOrder(sort, descending),
    limit,
    offset: 0,
    groupBy: [],
    pinned: [],
  };
}

/** Common to every request, from any caller. */
export function requestOf(values: OptionValues): RunOptions & Pick<RunRequest, 'view'> {
  return { ...runOptions(values), view: viewOf(values) };
}
