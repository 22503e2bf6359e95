// Sample reports of programs, maps and a user's object, for golden screens and tests of exports.
import type { CustomReport } from '../../src/core/model/custom.js';
import type { ProgramState, ProgramsReport } from '../../src/core/model/programs.js';
import { type SimulatedMonitor, simulationStartUs } from './simulated-monitor.js';

const program = (name: string, more: Partial<ProgramState>): ProgramState => ({
  name,
  owner: 'monitor',
  section: 'tc',
  id: 40,
  attachedTo: [],
  measuredBy: 'itself',
  runCount: 0,
  runTimeNs: 0,
  nanosecondsPerRun: null,
  runsPerSecond: null,
  missedCount: 0,
  errors: {},
  ...more,
});

const own: readonly ProgramState[] = [
  program('network_monitor_xdp', { section: 'xdp', id: 41 }),
  program('network_monitor_tc_ingress', {
    id: 42,
    attachedTo: ['eth0 tcx ingress'],
    runCount: 1_284_003,
    runTimeNs: 151_000_000,
    nanosecondsPerRun: 117.6,
    runsPerSecond: 21_400,
    missedCount: 3,
    errors: { untracked: 1842, eventsLostRingFull: 12 },
  }),
  program('network_monitor_tc_egress', {
    id: 43,
    attachedTo: ['eth0 tcx egress'],
    runCount: 998_120,
    runTimeNs: 120_000_000,
    nanosecondsPerRun: 120.2,
    runsPerSecond: 16_602,
  }),
  program('network_monitor_clock', { id: 44, measuredBy: null, runCount: null, runTimeNs: null }),
];

const counting = (second: number): ProgramState =>
  program('count_incoming', {
    owner: 'object',
    measuredBy: 'kernel',
    section: 'tc/ingress',
    id: 60,
    attachedTo: ['eth0 tcx ingress'],
    runCount: 21_400 * second,
    runTimeNs: 21_400 * second * 38,
    nanosecondsPerRun: 38.4,
    runsPerSecond: 21_400,
    errors: { events_refused: 5 },
  });

export function samplePrograms(second: number, withObject: boolean): ProgramsReport {
  const map = { owner: 'monitor', more: false } as const;
  const mine = { owner: 'object', more: false } as const;
  return {
    timeUs: simulationStartUs + second * 1e6,
    wallUs: simulationStartUs + second * 1e6,
    kernelStatistics: withObject ? 'off' : 'unused',
    measuring: false,
    measuredSeconds: withObject ? second / 10 : 0,
    programs: withObject ? [...own, counting(second)] : own,
    maps: [
      { ...map, map: 'flow_hot', kind: 'array', entries: 26_214, maxEntries: 65_536 },
      { ...map, map: 'events', kind: 'ringbuf', entries: 4480, maxEntries: 1_048_576 },
      { ...map, map: 'fragments', kind: 'lru_hash', entries: 12, maxEntries: 4096 },
      ...(withObject
        ? [
            { ...mine, map: 'frames_by_kind', kind: 'hash', entries: 1010, maxEntries: 1024 },
            { ...mine, map: 'frames_by_cpu', kind: 'percpu_array', entries: null, maxEntries: 2 },
            { ...mine, map: 'odd_frames', kind: 'ringbuf', entries: 240_000, maxEntries: 262_144 },
          ]
        : []),
    ],
    final: false,
  };
}

export function sampleCustom(second: number): CustomReport {
  const timeUs = simulationStartUs + second * 1e6;
  const kind = (ether_type: number, direction: string, frames: number) => ({
    key: { ether_type, reserved: 0, direction },
    value: { frames: frames * second, bytes: frames * second * 742 },
  });
  return {
    timeUs,
    wallUs: timeUs,
    object: 'custom-counters.bpf.o',
    version: 2,
    programs: [counting(second)],
    maps: [
      {
        map: 'frames_by_kind',
        kind: 'hash',
        keyType: 'struct frame_kind',
        valueType: 'struct frame_count',
        maxEntries: 1024,
        entries: [
          kind(34_525, 'DIRECTION_OUT', 3),
          kind(2048, 'DIRECTION_IN', 21_300),
          kind(2054, 'DIRECTION_IN', 1),
        ],
        count: 1010,
        complete: true,
      },
      {
        map: '.bss',
        kind: 'array',
        keyType: 'unsigned int',
        valueType: 'variables',
        maxEntries: 1,
        entries: [
          {
            key: 0,
            value: { events_refused: 5, last_seen: 2n ** 60n + BigInt(second), mode: 'MODE_FAST' },
          },
        ],
        count: 1,
        complete: true,
      },
    ],
    events: [
      {
        timeUs,
        wallUs: timeUs,
        event: 'odd_frames',
        data: {
          length: 42,
          ether_type: 2054,
          source: [2, 66, 10, 77, 0, second],
          direction: 'DIRECTION_IN',
          tricky: 'a\u001b[31mred\u202e',
        },
      },
    ],
    outputs: [],
    eventsLost: 7,
  };
}

/** Emits ten seconds of reports, one per tick. */
export function emitPrograms(monitor: SimulatedMonitor, withObject: boolean): void {
  for (let second = 1; second <= 10; second++) {
    monitor.emit('programs', samplePrograms(second, withObject));
    if (withObject) monitor.emit('custom', sampleCustom(second));
  }
}
