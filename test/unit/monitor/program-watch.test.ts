// Programs and maps of a run: rates only over what the kernel measured, errors by direction, maps that are filled.
import { expect, it } from 'vitest';
import { ProgramWatch } from '../../../src/core/monitor/program-watch.js';
import type {
  NativeMap,
  NativeProgramInfo,
  NativeReloadable,
} from '../../../src/core/native/contract.js';
import type { Source } from '../../../src/core/sources/source.js';
import { craftedInterface, FakeMachine, FakeSource } from '../../support/fake-source.js';

const info = (name: string, id: number, runCount: number): NativeProgramInfo => ({
  name,
  id,
  tag: '',
  verifiedInstructions: 0,
  jitedBytes: 0,
  runCount,
  runTimeNs: runCount * 100,
  section: 'tc',
  missedCount: 2,
});

let closed = 0;
const map = (name: string, type: number): NativeMap =>
  ({
    name,
    type,
    maxEntries: 64,
    entries: () => Promise.resolve({ count: 3, complete: true }),
    close: () => void closed++,
  }) as unknown as NativeMap;

function watched(programs: () => NativeProgramInfo[], measured: () => number) {
  const loaded = {
    programs,
    maps: () => [map('flow_hot', 2), map('fragments', 9), map('facts', 27), map('totals', 6)],
  } as unknown as NativeReloadable;
  const source: Source = Object.assign(new FakeSource(new FakeMachine()), {
    loaded,
    list: [
      craftedInterface,
      { ...craftedInterface, name: 'b0', ingress: { hook: 'xdp', mode: 'native', reason: '' } },
    ],
    measurement: () => ({ measuring: false, measuredSeconds: measured() }),
  });
  return new ProgramWatch(source, () => null);
}

const figures = {
  timeUs: 1,
  errors: { received: { untracked: 5 }, sent: { factsLostRingFull: 1 } },
  flows: 100,
  maxFlows: 1024,
  final: false,
};

it('tells runs a second and nanoseconds a run of what was measured, and nothing before', async () => {
  let runs = 0;
  let seconds = 0;
  const watch = watched(
    () => [info('network_monitor_tc_ingress', 7, runs)],
    () => seconds,
  );
  const [before] = (await watch.report(figures)).programs;
  expect([before?.runsPerSecond, before?.nanosecondsPerRun]).toEqual([null, null]);
  [runs, seconds] = [500, 1];
  const [after] = (await watch.report(figures)).programs;
  expect([after?.runsPerSecond, after?.nanosecondsPerRun]).toEqual([500, 100]);
  runs = 700;
  const [unmeasured] = (await watch.report(figures)).programs;
  expect([unmeasured?.runCount, unmeasured?.runsPerSecond]).toEqual([700, 500]);
});

it('counts the first second, though the first report comes after it', async () => {
  const watch = watched(
    () => [info('network_monitor_tc_ingress', 7, 300)],
    () => 1,
  );
  expect((await watch.report(figures)).programs[0]?.runsPerSecond).toBe(300);
});

it('gives errors to the programs of their direction, where they are attached', async () => {
  const names = ['xdp', 'tc_ingress', 'tc_egress', 'clock'].map((one) => `network_monitor_${one}`);
  const watch = watched(
    () => names.map((name, id) => info(name, id, 0)),
    () => 0,
  );
  const { programs } = await watch.report(figures);
  expect(programs.map(({ attachedTo }) => attachedTo)).toEqual([
    ['b0 xdp native'],
    ['eth0 tcx ingress'],
    ['eth0 tcx egress', 'b0 tcx egress'],
    [],
  ]);
  expect(programs.map(({ errors }) => errors)).toEqual([
    { untracked: 5 },
    { untracked: 5 },
    { factsLostRingFull: 1 },
    {},
  ]);
});

it('tells how full the flow table and the hash maps are, and lets go of the maps', async () => {
  closed = 0;
  const watch = watched(
    () => [],
    () => 0,
  );
  const { maps } = await watch.report(figures);
  expect(maps.map(({ map: name, entries, maxEntries }) => [name, entries, maxEntries])).toEqual([
    ['flow_hot', 100, 1024],
    ['fragments', 3, 64],
    ['facts', null, 64],
  ]);
  await watch.report(figures);
  watch.close();
  expect(closed).toBe(4);
});
