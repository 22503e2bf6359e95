// Programs and maps of a run: what ours say of themselves, what the kernel measured of the user's, maps that are filled.
import { describe, expect, it } from 'vitest';
import type { ProgramState } from '../../../src/core/model/programs.js';
import type { OwnPrograms, RunFigures } from '../../../src/core/monitor/own-programs.js';
import { ProgramStats } from '../../../src/core/monitor/program-stats.js';
import type {
  NativeMap,
  NativeProgramInfo,
  NativeReloadable,
} from '../../../src/core/native/contract.js';
import type { UserObject } from '../../../src/core/objects/user-object.js';
import type { KernelMeasurement, Source } from '../../../src/core/sources/source.js';
import { craftedInterface, FakeHostRuntime, FakeSource } from '../../support/fake-source.js';

const info = (name: string, id: number): NativeProgramInfo => ({
  name,
  id,
  tag: '',
  verifiedInstructions: 0,
  jitedBytes: 0,
  runCount: 0,
  runTimeNs: 0,
  section: 'tc',
  missedCount: 2,
});

const figuresOf = (runs: number, nanosecondsPerRun: number | null = null): RunFigures => ({
  runs,
  nanosecondsPerRun,
  runTimeNs: runs * (nanosecondsPerRun ?? 0),
});

/** What our programs say of themselves at a tick. */
const own = (more: Partial<OwnPrograms> = {}): OwnPrograms => ({
  errors: {
    xdp: { untracked: 5 },
    tcIngress: { depthExceeded: 2 },
    tcEgress: { eventsLostRingFull: 1 },
    capture: {},
  },
  runs: {
    xdp: figuresOf(0),
    tcIngress: figuresOf(500, 100),
    tcEgress: figuresOf(20, 80),
    capture: figuresOf(0),
  },
  intervalSeconds: 0.5,
  ...more,
});

/** A user's object whose one program has run so often, as the kernel says. */
const userObject = (runCount: () => number) =>
  ({
    version: 1,
    programs: (measured: boolean): ProgramState[] => [
      {
        ...{ name: 'count', owner: 'object', section: 'tc', id: 70, attachedTo: ['eth0'] },
        measuredBy: measured ? 'kernel' : null,
        runCount: measured ? runCount() : null,
        runTimeNs: measured ? runCount() * 100 : null,
        ...{ nanosecondsPerRun: null, runsPerSecond: null, missedCount: 0, errors: {} },
      } as ProgramState,
    ],
    mapStates: () => [],
  }) as unknown as UserObject;

let closed = 0;
const map = (name: string, type: number): NativeMap =>
  ({
    name,
    type,
    maxEntries: 64,
    entries: () => Promise.resolve({ count: 3, complete: true }),
    close: () => void closed++,
  }) as unknown as NativeMap;

interface Around {
  readonly programs?: readonly NativeProgramInfo[];
  readonly measurement?: () => KernelMeasurement;
  readonly object?: UserObject;
}

function watched({ programs = [], measurement, object }: Around) {
  const loaded = {
    programs: () => [...programs],
    maps: () => [map('flow_hot', 2), map('fragments', 9), map('events', 27), map('totals', 6)],
  } as unknown as NativeReloadable;
  const source: Source = Object.assign(new FakeSource(new FakeHostRuntime()), {
    programs: { loaded, ...(measurement && { measurement }) },
    list: [
      craftedInterface,
      { ...craftedInterface, name: 'b0', ingress: { hook: 'xdp', mode: 'native', reason: '' } },
    ],
  });
  return new ProgramStats(source, () => object ?? null);
}

const figures = { timeUs: 1, wallUs: 1, own: own(), flows: 100, maxFlows: 1024, final: false };

const ours = ['xdp', 'tc_ingress', 'tc_egress', 'clock'].map((name, id) =>
  info(`network_monitor_${name}`, id),
);

describe('our own programs', () => {
  it('have the runs that they count and the time that they sample, and nobody measures them', async () => {
    const watch = watched({ programs: ours });
    const report = await watch.report(figures);
    expect(report).toMatchObject({ kernelStatistics: 'unused', measuring: false });
    expect(report.programs[1]).toMatchObject({
      measuredBy: 'itself',
      runCount: 500,
      runTimeNs: 50_000,
      nanosecondsPerRun: 100,
      runsPerSecond: 1000,
    });
    const runs = { ...figures.own.runs, tcIngress: figuresOf(700, 90) };
    const later = await watch.report({ ...figures, own: own({ runs }) });
    expect(later.programs[1]).toMatchObject({ runCount: 700, runsPerSecond: 400 });
    expect(watch.programs(own({ runs }))[1]?.runsPerSecond).toBe(400);
  });

  it('keep their last rate in the last report, which has no interval of its own', async () => {
    const watch = watched({ programs: ours });
    await watch.report(figures);
    const last = await watch.report({
      ...figures,
      own: own({ intervalSeconds: 0.001 }),
      final: true,
    });
    expect(last.programs[1]).toMatchObject({ runCount: 500, runsPerSecond: 1000 });
  });

  it('are unknown where they see no packets', () => {
    expect(watched({ programs: ours }).programs(own())[3]).toMatchObject({
      measuredBy: null,
      runCount: null,
      runTimeNs: null,
      runsPerSecond: null,
    });
  });

  it('have errors of their own, where they are attached', () => {
    const programs = watched({ programs: ours }).programs(own());
    expect(programs.map(({ attachedTo }) => attachedTo)).toEqual([
      ['b0 xdp native'],
      ['eth0 tcx ingress'],
      ['eth0 tcx egress', 'b0 tcx egress'],
      [],
    ]);
    expect(programs.map(({ errors }) => errors)).toEqual([
      { untracked: 5 },
      { depthExceeded: 2 },
      { eventsLostRingFull: 1 },
      {},
    ]);
  });
});

describe("the user's programs", () => {
  const measured = (runCount: () => number, seconds: () => number) =>
    watched({
      object: userObject(runCount),
      measurement: () => ({ state: 'off', measuredSeconds: seconds() }),
    });

  it('have rates of what the kernel measured, and nothing before', async () => {
    let runs = 0;
    let seconds = 0;
    const watch = measured(
      () => runs,
      () => seconds,
    );
    const [before] = (await watch.report(figures)).programs;
    expect(before).toMatchObject({ measuredBy: null, runCount: null, nanosecondsPerRun: null });
    [runs, seconds] = [500, 1];
    const [after] = (await watch.report(figures)).programs;
    expect([after?.runsPerSecond, after?.nanosecondsPerRun]).toEqual([500, 100]);
    runs = 700;
    const [unmeasured] = (await watch.report(figures)).programs;
    expect([unmeasured?.runCount, unmeasured?.runsPerSecond]).toEqual([700, 500]);
  });

  it('have the first second counted, though the first report comes after it', async () => {
    const watch = measured(
      () => 300,
      () => 1,
    );
    expect((await watch.report(figures)).programs[0]?.runsPerSecond).toBe(300);
  });

  it('are unknown, not idle, where the kernel refuses to measure', async () => {
    const watch = watched({
      object: userObject(() => 0),
      measurement: () => ({ state: 'refused', measuredSeconds: 0 }),
    });
    const report = await watch.report(figures);
    expect(report.kernelStatistics).toBe('refused');
    expect(report.programs[0]).toMatchObject({ runCount: null, runTimeNs: null, measuredBy: null });
  });
});

it('tells how full the flow table and the hash maps are, and lets go of the maps', async () => {
  closed = 0;
  const watch = watched({});
  const { maps } = await watch.report(figures);
  expect(maps.map(({ map: name, entries, maxEntries }) => [name, entries, maxEntries])).toEqual([
    ['flow_hot', 100, 1024],
    ['fragments', 3, 64],
    ['events', null, 64],
  ]);
  await watch.report(figures);
  watch.close();
  expect(closed).toBe(4);
});
