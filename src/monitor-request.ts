// Options of the library → the request that the monitor understands, values checked.
import { ExpectedError } from './core/errors/expected-error.js';
import type { FlowView } from './core/model/view.js';
import type { ObjectRequest, RunRequest } from './core/monitor/run-request.js';
import type { NetworkMonitorOptions } from './monitor-options.js';

/** Interfaces that one monitor can be given one by one; a slot costs 9 KB in each drain. */
const SPARE_SLOTS = 15;

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
