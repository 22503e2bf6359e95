// Options of the library, and the request that they become.
import { ExpectedError } from './core/errors/expected-error.js';
import type { FlowView } from './core/model/view.js';
import type { ObjectRequest, RunRequest } from './core/monitor/run-request.js';

/** Interfaces that one monitor can be given one by one; a slot costs 9 KB in each drain. */
const SPARE_SLOTS = 15;

export interface NetworkMonitorOptions {
  /** Attached by `create`, in this order; `any` is every interface that is up, as they come and go. Default: none. */
  readonly interfaces?: readonly string[];
  /** Where incoming packets are read; `auto` takes what does no harm. Default: 'auto'. */
  readonly ingress?: 'auto' | 'xdp' | 'xdp-generic' | 'tc';
  /** Default: 'tc'. */
  readonly egress?: 'tc' | 'off';
  /** Seconds between two ticks, 0.1 to 60. Default: 1. */
  readonly intervalSeconds?: number;
  /** Which flows a tick shows; counters are not touched. Default: all. */
  readonly filter?: string;
  /** Column to sort by, e.g. 'rate', 'bytes', 'age'. Default: 'rate'. */
  readonly sort?: string;
  /** Default: true. */
  readonly descending?: boolean;
  /** Flows in a tick. Default: 50. */
  readonly limit?: number;
  /** Capacity of the kernel's flow table, 1,024 to 4,194,304; some 640 bytes of kernel memory each. Default: 65,536. */
  readonly maxFlows?: number;
  /** A flow idle so many seconds leaves the table; 0: never. Default: 600. */
  readonly flowTimeoutSeconds?: number;
  /** Whose addresses a tunnelled packet's flow has. Default: 'inner'. */
  readonly tunnels?: 'inner' | 'outer';
  /** False: no rules, no `alert`, and the kernel is asked for no facts. Default: true. */
  readonly detection?: boolean;
  /**
   * Sampled packets a second and CPU, for the `packet` event, 0 to 10,000: a token bucket in the kernel. A packet that isn't taken costs
   * nothing to speak of; one that is costs a copy of its first 256 bytes, and some microseconds here. Default: 0.
   */
  readonly packetSamples?: number;
  /** With fromObjectFile: reload the file when it changes. Default: false. */
  readonly watch?: boolean;
  /** Closes the monitor when it is aborted. */
  readonly signal?: AbortSignal;
}

function inRange(name: string, value: number, least: number, most: number, whole = false): number {
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
  throw new ExpectedError(`${name} is ${value}: it must be ${least} to ${most}`, {
    status: 2,
    advice: `Give a ${whole ? 'whole ' : ''}number in this range`,
  });
}

export function viewOf(
  options: Pick<NetworkMonitorOptions, 'filter' | 'sort' | 'descending' | 'limit'>,
): FlowView {
  return {
    filter: options.filter ?? '',
    sort: { field: options.sort ?? 'rate', descending: options.descending ?? true },
    limit: inRange('limit', options.limit ?? 50, 0, Infinity),
    offset: 0,
    groupBy: [],
    pinned: [],
  };
}

/** Throws ExpectedError for values out of range. */
export function requestOf(
  options: NetworkMonitorOptions,
  interfaces: readonly string[],
  object: ObjectRequest | null,
): RunRequest {
  return {
    source: {
      kind: 'live',
      interfaces,
      environmentInterface: process.env['NETWORK_INTERFACE'],
      ingress: options.ingress ?? 'auto',
      egress: options.egress ?? 'tc',
      networkNamespace: null,
      spareSlots: SPARE_SLOTS,
      packetSamples: inRange('packetSamples', options.packetSamples ?? 0, 0, 10_000, true),
    },
    view: viewOf(options),
    maxFlows: inRange('maxFlows', options.maxFlows ?? 65_536, 1024, 4_194_304, true),
    flowTimeoutSeconds: inRange(
      'flowTimeoutSeconds',
      options.flowTimeoutSeconds ?? 600,
      0,
      Infinity,
    ),
    intervalSeconds: inRange('intervalSeconds', options.intervalSeconds ?? 1, 0.1, 60),
    durationSeconds: null,
    count: null,
    tunnels: options.tunnels ?? 'inner',
    detection: options.detection ?? true,
    object,
  };
}
