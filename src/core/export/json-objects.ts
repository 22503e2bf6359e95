// The model → NDJSON objects of contract.md, schema 1: key order is the contract's.
import { rounded } from '../format/quantity.js';
import { safeText } from '../format/safe-text.js';
import { formatTime } from '../format/time.js';
import type { Alert } from '../model/alert.js';
import type { CustomReport } from '../model/custom.js';
import type { MonitorStart } from '../model/monitor-port.js';
import type { ProgramState, ProgramsReport } from '../model/programs.js';
import type { Cost, HookState, InterfaceState, Snapshot, Warning } from '../model/snapshot.js';
import { flowObject } from './flow-object.generated.js';

import type { KeptPrivileges } from './sink.js';

export const SCHEMA = 1;
/** Characters of one text in a user's map or event. */
const CUSTOM_TEXT_MAX = 4096;

function hookObject({ hook, mode, reason }: HookState) {
  return { hook, mode, reason };
}

function interfaceObject({ name, index, ingress, egress }: InterfaceState) {
  return {
    name: safeText(name),
    index,
    ingress: hookObject(ingress),
    egress: hookObject(egress),
  };
}

export interface ProgramFacts {
  readonly version: string;
  readonly kernel: string;
  readonly privileges: () => KeptPrivileges | null;
}

export function startObject(start: MonitorStart, program: ProgramFacts) {
  const privileges = program.privileges();
  return {
    type: 'start',
    time: formatTime(start.wallUs),
    schema: SCHEMA,
    version: program.version,
    kernel: program.kernel,
    interfaces: start.interfaces.map(interfaceObject),
    interval: start.intervalSeconds,
    ...(privileges && { privileges }),
  };
}

function costObject(cost: Cost) {
  return {
    nanosecondsPerPacket:
      cost.nanosecondsPerPacket === null ? null : rounded(cost.nanosecondsPerPacket),
    cpuShare: rounded(cost.cpuShare),
    residentBytes: cost.residentBytes,
    flowTableFill: Math.round(cost.flowTableFill * 1e6) / 1e6,
    mapBytes: cost.mapBytes,
    drainMilliseconds: rounded(cost.drainMilliseconds),
    tickMilliseconds: rounded(cost.tickMilliseconds),
  };
}

/** A tick, or the summary over the whole run. */
export function tickObject(
  snapshot: Snapshot,
  lost: { readonly ticksSkipped: number; readonly alertsDropped: number },
) {
  return {
    type: snapshot.final ? 'summary' : 'tick',
    time: formatTime(snapshot.wallUs),
    elapsed: snapshot.elapsedSeconds,
    interfaces: snapshot.interfaces.map(({ name, received, sent }) => ({
      name: safeText(name),
      received,
      sent,
    })),
    protocols: snapshot.protocols.map((row) => ({
      protocol: row.protocol,
      received: row.received,
      sent: row.sent,
      packetsPerSecond: rounded(row.packetsPerSecond),
      bitsPerSecond: rounded(row.bitsPerSecond),
    })),
    encapsulations: snapshot.encapsulations,
    flows: snapshot.flows.map(flowObject),
    flowsTracked: snapshot.flowsTracked,
    untracked: snapshot.untracked,
    untrackedProtocols: snapshot.untrackedProtocols,
    expired: snapshot.expired,
    malformed: snapshot.malformed,
    malformedReasons: snapshot.malformedReasons,
    fragments: snapshot.fragments,
    eventsLost: snapshot.eventsLost,
    ticksSkipped: lost.ticksSkipped,
    alertsDropped: lost.alertsDropped,
    cost: snapshot.cost && costObject(snapshot.cost),
    health: snapshot.health,
    ...(snapshot.consumers.length > 0 && { consumers: snapshot.consumers }),
  };
}

export function alertObject(alert: Alert) {
  return {
    type: 'alert',
    time: formatTime(alert.wallUs),
    id: alert.id,
    state: alert.state,
    kind: alert.kind,
    severity: alert.severity,
    technique: alert.technique,
    source: alert.source,
    destination: alert.destination,
    protocol: alert.protocol,
    interface: safeText(alert.interface),
    firstSeen: formatTime(alert.firstSeenUs),
    lastSeen: formatTime(alert.lastSeenUs),
    count: alert.count,
    message: safeText(alert.message, 1000),
    evidence: alert.evidence,
    threshold: alert.threshold,
  };
}

export function warningObject(warning: Warning) {
  return {
    type: 'warning',
    time: formatTime(warning.wallUs),
    code: warning.code,
    message: safeText(warning.message, 1000),
  };
}

function programObject(program: ProgramState) {
  const { runTimeNs, nanosecondsPerRun, runsPerSecond } = program;
  return {
    ...program,
    runTimeNs: runTimeNs === null ? null : Math.round(runTimeNs),
    nanosecondsPerRun: nanosecondsPerRun === null ? null : rounded(nanosecondsPerRun),
    runsPerSecond: runsPerSecond === null ? null : rounded(runsPerSecond),
  };
}

export function programsObject(report: ProgramsReport) {
  return {
    type: 'programs',
    time: formatTime(report.wallUs),
    kernelStatistics: report.kernelStatistics,
    measuring: report.measuring,
    measuredSeconds: rounded(report.measuredSeconds),
    programs: report.programs.map(programObject),
    maps: report.maps,
  };
}

/** A user's object: one line for its programs, one for each map, one for each event. */
export function customObjects(report: CustomReport): { states: unknown[]; events: unknown[] } {
  const object = safeText(report.object);
  const line = (wallUs: number, fields: object) => ({
    type: 'custom',
    time: formatTime(wallUs),
    object,
    ...fields,
  });
  const { version, programs, eventsLost } = report;
  return {
    states: [
      line(report.wallUs, { version, programs: programs.map(programObject), eventsLost }),
      ...report.maps.map((map) => line(report.wallUs, { ...map })),
      ...report.outputs.map((output) => line(report.wallUs, { ...output })),
    ],
    events: report.events.map(({ wallUs, event, data }) => line(wallUs, { event, data })),
  };
}

/** For JSON.stringify: integers beyond 2^53 become decimal strings, exact; text may come off the wire. */
export function customText(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'string' ? safeText(value, CUSTOM_TEXT_MAX) : value;
}
