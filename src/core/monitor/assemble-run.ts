// From a request to a run: loads the addon, makes source and detector, and puts them together.
import { DetectionEngine } from '../detect/engine.js';
import { builtInRules } from '../detect/rules/index.js';
import { DetectionSettings } from '../detect/settings.js';
import { type FlowMatcher, userRule } from '../detect/user-rule.js';
import { ExpectedError } from '../errors/expected-error.js';
import type { QueryColumns } from '../flows/columns.generated.js';
import { compileFilter } from '../flows/filter/compile-filter.js';
import { loadNative } from '../native/load.js';
import { loadFailure } from '../objects/load-failure.js';
import type { ObjectFile } from '../objects/object-file.js';
import type { ObjectRun } from '../objects/object-run.js';
import { loadCompanion, openWithin, readRequestedObject } from '../objects/open-object.js';
import type { MonitorSession } from '../objects/user-object.js';
import { LiveSource } from '../sources/live.js';
import { nativeFailure } from '../sources/native-failure.js';
import { type CaptureProgress, CaptureSource } from '../sources/pcap.js';
import type { Source } from '../sources/source.js';
import { controlFeature } from '../wire/layout.generated.js';
import type { ConsumerList } from './consumer-list.js';
import type { HostRuntime } from './host-runtime.js';
import { MonitorRun, type RunObject } from './monitor-run.js';
import type { RunRequest } from './run-request.js';
import type { PackedSnapshot } from './tick-views.js';

/** Kernel events of a capture are delivered in step with its frames; the ring only has to hold one batch. */
const RING_BYTES = 4 * 2 ** 20;

export interface AssembledRun {
  readonly run: MonitorRun;
  readonly source: Source;
}

export interface AssemblyExtras {
  readonly onProgress?: (progress: CaptureProgress) => void;
  /** The requested object, where it was read already. */
  readonly file?: ObjectFile | null;
  /** And loaded, where it runs beside the monitor. */
  readonly companion?: ObjectRun | null;
  /** RunOptions.programsEverySeconds */
  readonly programsEverySeconds?: number;
  /** RunOptions.pace */
  readonly pace?: () => Promise<void>;
  /** RunOptions.onPackedSnapshot */
  readonly onPackedSnapshot?: (picked: PackedSnapshot) => void;
  /** RunOptions.whenAttached */
  readonly whenAttached?: () => Promise<void>;
  /** RunOptions.consumers */
  readonly consumers?: ConsumerList;
}

export function assembleRun(
  request: RunRequest,
  runtime: HostRuntime,
  extras: AssemblyExtras = {},
): AssembledRun {
  const detector = makeDetector(request);
  const sampled = request.source.kind === 'live' && (request.source.packetSamples ?? 0) > 0;
  const features =
    (detector?.features ?? 0) |
    (request.tunnels === 'outer' ? controlFeature.tunnelsOuter : 0) |
    (sampled ? controlFeature.packetSamples : 0);
  const object = extras.file ?? (request.object ? readRequestedObject(request.object) : null);
  const source = makeSource(request, runtime, features, object, extras.onProgress);
  const run = new MonitorRun({
    source,
    detector,
    runtime,
    maxFlows: request.maxFlows,
    flowTimeoutSeconds: request.flowTimeoutSeconds,
    intervalSeconds: request.intervalSeconds,
    durationSeconds: request.durationSeconds,
    count: request.count,
    ...(request.wholeFirstInterval && { firstTickMs: null }),
    view: request.portView ?? request.view,
    packetSamples: sampled,
    programsEverySeconds: extras.programsEverySeconds ?? 0,
    onPackedSnapshot: extras.onPackedSnapshot,
    pace: extras.pace,
    whenAttached: extras.whenAttached,
    consumers: extras.consumers,
    object: object && runObject(object, request, source, runtime, extras.companion ?? null),
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
function runObject(
  file: ObjectFile,
  request: RunRequest,
  source: Source,
  runtime: HostRuntime,
  companion: ObjectRun | null,
): RunObject | null {
  const options = objectOptions(file, request, runtime);
  if (file.role === 'companion') {
    if (request.source.kind === 'capture') {
      throw new ExpectedError(`${file.label} cannot run over a capture file`, {
        status: 2,
        advice: 'Leave out --pcap or --object',
      });
    }
    return { when: 'before-source', open: () => companion ?? loadCompanion(options) };
  }
  if (!(source instanceof LiveSource)) return null;
  return { when: 'within-source', open: () => openWithin(sessionOf(source), options) };
}

/** Settings for loading and following a user's object. */
export function objectOptions(
  file: ObjectFile,
  { object }: Pick<RunRequest, 'object'>,
  { clock, after }: HostRuntime,
) {
  const watchedPath = object?.watch ? object.path : null;
  return { native: loadAddon(), file, watchedPath, now: clock.moment, after };
}

function sessionOf(source: LiveSource): MonitorSession {
  const { loaded } = source;
  if (!loaded) throw new Error('the source has not been started');
  return { native: loaded, betweenDrains: (action) => source.betweenDrains(action) };
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
  runtime: HostRuntime,
  features: number,
  object: ObjectFile | null,
  onProgress: ((progress: CaptureProgress) => void) | undefined,
): Source {
  const native = loadAddon();
  const { source, maxFlows } = request;
  const replacement = object?.role === 'monitor' ? object.bytes : null;
  if (source.kind === 'live') {
    return new LiveSource({
      ...source,
      native,
      maxFlows,
      features,
      clock: runtime.clock,
      after: runtime.after,
      // Our own programs measure themselves.
      ...(object?.role === 'companion' && {
        programStatistics: request.object?.measuredAlways ? 'always' : 'sometimes',
      }),
      ...(object &&
        replacement && {
          object: replacement,
          objectFailure: (error: unknown) => loadFailure(object.label, error),
        }),
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
  return capture;
}
