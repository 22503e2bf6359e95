// From a request to a run: loads the addon, makes source and detector, and puts them together.
import { DetectionEngine } from '../detect/engine.js';
import { builtInRules } from '../detect/rules/index.js';
import { DetectionSettings } from '../detect/settings.js';
import { type FlowMatcher, userRule } from '../detect/user-rule.js';
import type { QueryColumns } from '../flows/field-context.js';
import { compileFilter } from '../flows/filter/compile-filter.js';
import { loadNative } from '../native/load.js';
import type { EventListener } from '../objects/event-queue.js';
import type { ObjectFile } from '../objects/object-file.js';
import { openObjectRun, readRequestedObject } from '../objects/open-object.js';
import type { MonitorSession } from '../objects/user-object.js';
import { LiveSource } from '../sources/live.js';
import { nativeFailure } from '../sources/native-failure.js';
import { type CaptureProgress, CaptureSource } from '../sources/pcap.js';
import type { Source } from '../sources/source.js';
import { controlFeature } from '../wire/layout.generated.js';
import type { Machine } from './machine.js';
import { MonitorRun } from './monitor-run.js';
import type { RunRequest } from './run-request.js';

/** Facts of a capture are delivered in step with its frames; the ring only has to hold one hand-over. */
const RING_BYTES = 4 * 2 ** 20;

export interface AssembledRun {
  readonly run: MonitorRun;
  readonly source: Source;
}

export function assembleRun(
  request: RunRequest,
  machine: Machine,
  onProgress?: (progress: CaptureProgress) => void,
): AssembledRun {
  const detector = makeDetector(request);
  const sampled = request.source.kind === 'live' && (request.source.packetSamples ?? 0) > 0;
  const features =
    (detector?.features ?? 0) |
    (request.tunnels === 'outer' ? controlFeature.tunnelsOuter : 0) |
    (sampled ? controlFeature.packetSamples : 0);
  const object = request.object ? readRequestedObject(request.object) : null;
  const source = makeSource(request, machine, features, object, onProgress);
  const run = new MonitorRun({
    source,
    detector,
    machine,
    maxFlows: request.maxFlows,
    flowTimeoutSeconds: request.flowTimeoutSeconds,
    intervalSeconds: request.intervalSeconds,
    durationSeconds: request.durationSeconds,
    count: request.count,
    view: request.view,
    packetSamples: sampled,
    openObject: object && objectOpener(object, request, source, machine),
  });
  return { run, source };
}

function makeDetector(request: RunRequest): DetectionEngine | null {
  if (request.detection === false) return null;
  const settings = new DetectionSettings(request.detectionSettings ?? {});
  const own = settings.data.rules.map((rule) => userRule(rule, matcherOf(rule.filter)));
  return new DetectionEngine([...builtInRules, ...own], settings);
}

/** The filter was checked when the settings were read. */
function matcherOf(expression: string): FlowMatcher | null {
  const compiled = compileFilter(expression);
  if (!compiled.ok || !compiled.filter) return null;
  const { filter } = compiled;
  // The flow table's own columns are wider than what rules are promised: the filter language needs them all.
  return (flows, context, mask) => filter(flows as QueryColumns, context, mask);
}

/** Over a capture our own programs of another build run as ever: only its further maps are not shown. */
function objectOpener(file: ObjectFile, request: RunRequest, source: Source, machine: Machine) {
  if (file.role === 'monitor' && source.capture) return null;
  return (onEvent: EventListener) =>
    openObjectRun({
      onEvent,
      native: loadAddon(),
      file,
      session: sessionOf(source),
      watchedPath: request.object?.watch ? request.object.path : null,
      wallUs: machine.wallUs,
    });
}

function sessionOf(source: Source): MonitorSession | null {
  if (!(source instanceof LiveSource) || !source.loaded) return null;
  return { native: source.loaded, betweenDrains: (action) => source.betweenDrains(action) };
}

function loadAddon(): ReturnType<typeof loadNative> {
  try {
    return loadNative();
  } catch (error) {
    throw nativeFailure(error);
  }
}

function makeSource(
  request: RunRequest,
  machine: Machine,
  features: number,
  object: ObjectFile | null,
  onProgress: ((progress: CaptureProgress) => void) | undefined,
): Source {
  const native = loadAddon();
  const { source, maxFlows } = request;
  const replacement = object?.role === 'monitor' ? object.bytes : null;
  if (source.kind === 'live') {
    const { wallUs, monotonicMs } = machine;
    return new LiveSource({
      ...source,
      native,
      maxFlows,
      features,
      wallUs,
      monotonicMs,
      ...(replacement && { object: replacement }),
    });
  }
  const capture = new CaptureSource({
    path: source.path,
    createSession: (interfaceSlots) => {
      try {
        return new native.Session({
          ...(replacement && { object: replacement }),
          maxFlows,
          interfaceSlots,
          features,
          ringBytes: RING_BYTES,
          capture: true,
        });
      } catch (error) {
        throw nativeFailure(error);
      }
    },
    ...(onProgress && { onProgress }),
  });
  capture.setFeatures(features);
  return capture;
}
