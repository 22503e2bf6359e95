// Options of the library → the request that the monitor understands, values checked.
import type { DetectionSettingsData } from '../core/detect/settings.js';
import type { FlowView } from '../core/model/view.js';
import type { ObjectRequest, RunRequest } from '../core/monitor/run-request.js';
import type { NetworkMonitorOptions } from './monitor-options.js';

/** Interfaces that one monitor can be given one by one; a slot costs 9 KB in each drain. */
const SPARE_SLOTS = 15;

export function viewOf(
  options: Pick<NetworkMonitorOptions, 'filter' | 'sort' | 'descending' | 'limit'>,
): FlowView {
  return {
    filter: options.filter ?? '',
    sort: { field: options.sort ?? 'rate', descending: options.descending ?? true },
    limit: options.limit ?? 50,
    offset: 0,
    groupBy: [],
    pinned: [],
  };
}

/** `options` have been checked. */
export function requestOf(
  options: NetworkMonitorOptions,
  interfaces: readonly string[],
  object: ObjectRequest | null,
  detectionSettings: DetectionSettingsData | null = null,
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
      packetSamples: options.packetSamples ?? 0,
    },
    view: viewOf(options),
    maxFlows: options.maxFlows ?? 65_536,
    flowTimeoutSeconds: options.flowTimeoutSeconds ?? 600,
    intervalSeconds: options.intervalSeconds ?? 1,
    durationSeconds: null,
    count: null,
    tunnels: options.tunnels ?? 'inner',
    detection: options.detection !== false,
    detectionSettings,
    object,
  };
}
