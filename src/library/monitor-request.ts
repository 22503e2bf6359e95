// Options of the library → the request that the monitor understands.
import type { DetectionSettingsData } from '../core/detect/settings.js';
import type { FlowView } from '../core/model/view.js';
import {
  type ObjectRequest,
  type RunRequest,
  requestOf as requestOfValues,
  viewOf as viewOfValues,
} from '../core/monitor/run-request.js';
import { libraryValues } from '../core/options/library-options.js';
import { options as schema } from '../core/options/schema.js';
import type { NetworkMonitorOptions } from './monitor-options.generated.js';

/** Interfaces that one monitor can be given one by one; a slot costs 9 KB in each drain. */
const SPARE_SLOTS = 15;

export function viewOf(
  options: Pick<NetworkMonitorOptions, 'filter' | 'sort' | 'descending' | 'limit'>,
): FlowView {
  const values = libraryValues({ ...options });
  return viewOfValues(values, values.descending);
}

/** `options` have been checked. */
export function requestOf(
  options: NetworkMonitorOptions,
  interfaces: readonly string[],
  object: ObjectRequest | null,
  detectionSettings: DetectionSettingsData | null = null,
): RunRequest {
  const values = libraryValues({ ...options });
  return {
    ...requestOfValues(values),
    source: {
      kind: 'live',
      interfaces,
      environmentInterface: process.env[schema.interfaces.environment],
      ingress: values.ingress,
      egress: values.egress,
      exitWhenGone: values.exitWhenGone,
      networkNamespace: null,
      spareSlots: SPARE_SLOTS,
      packetSamples: values.packetSamples,
    },
    view: viewOf(options),
    detection: values.detection !== false,
    detectionSettings,
    object,
  };
}
