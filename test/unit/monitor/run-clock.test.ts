// One clock: whatever somebody does to the wall clock, nothing but printed times moves.
import { describe, expect, it } from 'vitest';
import { DetectionEngine } from '../../../src/core/detect/engine.js';
import { builtInRules } from '../../../src/core/detect/rules/index.js';
import { tickObject, warningObject } from '../../../src/core/export/json-objects.js';
import { RunClock } from '../../../src/core/model/clock.js';
import type { Snapshot } from '../../../src/core/model/snapshot.js';
import type { RunOptions } from '../../../src/core/monitor/monitor-run.js';
import { type BegunRun, begin } from '../../support/begun-run.js';

const HOUR_US = 3600e6;

/** Where the wall clock stands beside the run clock, tick by tick. */
const steps = [0, -HOUR_US, -HOUR_US, HOUR_US, 0, 24 * HOUR_US, -30 * 24 * HOUR_US, 1, 0, -HOUR_US];

async function runWith(
  wallAheadUs: readonly number[],
  options: Partial<RunOptions> = {},
): Promise<BegunRun> {
  const begun = await begin(
    { flowTimeoutSeconds: 5, detector: new DetectionEngine(builtInRules), ...options },
    'live',
    ({ batches }) => {
      for (let tick = 0; tick < wallAheadUs.length; tick += 1)
        batches.push({
          flows: Array.from({ length: 20 }, (_, client) => ({
            low: '10.0.0.1',
            high: `10.0.1.${client}`,
            lowPort: 80,
            highPort: 40_000 + client,
            packets: [3, 3],
            bytes: [300, 3000],
            flags: [0x12, 0x12],
            firstSeenAgoMs: 900,
            lastSeenAgoMs: 100,
          })),
        });
    },
  );
  for (const aheadUs of wallAheadUs) {
    begun.runtime.wallAheadUs = aheadUs;
    await begun.runtime.advance(1000);
  }
  return begun;
}

/** All that a tick says, but what it is printed with. */
const withoutWall = ({ wallUs, alerts, ...rest }: Snapshot) => ({ ...rest, alerts: alerts.length });

describe('the run clock', () => {
  it('begins with the wall clock, and goes by CLOCK_BOOTTIME from there', () => {
    let wallUs = 1_700_000_000_000_000;
    let boottimeMs = 5_000_000.125;
    const clock = new RunClock({ wallUs: () => wallUs, boottimeMs: () => boottimeMs });
    expect(clock.moment()).toEqual({ timeUs: wallUs, wallUs });
    wallUs -= HOUR_US;
    boottimeMs += 250.5;
    expect(clock.moment()).toEqual({ timeUs: 1_700_000_000_250_500, wallUs });
    expect(clock.atBoottimeMs(5_000_000.125 - 1)).toBe(1_699_999_999_999_000);
  });
});

describe('a wall clock that is set back and forth', () => {
  it('changes printed times alone', async () => {
    const steady = await runWith(steps.map(() => 0));
    const stepped = await runWith(steps);
    expect(stepped.snapshots).toHaveLength(steps.length);
    expect(stepped.snapshots.map(withoutWall)).toEqual(steady.snapshots.map(withoutWall));
    expect(stepped.events).toEqual(steady.events);
    const base = steady.snapshots.map(({ wallUs }) => wallUs);
    expect(stepped.snapshots.map(({ wallUs }, i) => wallUs - base[i]!)).toEqual(steps);
  });

  it('is seen in `time`, and not in `firstSeen` and `lastSeen`', async () => {
    const { snapshots } = await runWith([0, -HOUR_US]);
    const [before, after] = snapshots.map((snapshot) =>
      tickObject(snapshot, { ticksSkipped: 0, alertsDropped: 0 }),
    );
    expect(Date.parse(after!.time) - Date.parse(before!.time)).toBe(1000 - 3_600_000);
    expect(after!.elapsed).toBe(2);
    const [first, second] = [before, after].map((tick) => Date.parse(tick!.flows[0]!.lastSeen));
    expect(second! - first!).toBe(1000);
  });

  it('is the time of what rules warn of', async () => {
    const failing = new DetectionEngine([
      {
        ...builtInRules[0]!,
        create: () => ({
          tick: () => {
            throw new Error('of this test');
          },
        }),
      },
    ]);
    const times: string[] = [];
    const begun = await begin({ detector: failing });
    begun.run.on('warning', (warning) => times.push(warningObject(warning).time));
    begun.runtime.wallAheadUs = -HOUR_US;
    await begun.runtime.advance(1000);
    const [snapshot] = begun.snapshots;
    expect(times).toEqual([tickObject(snapshot!, { ticksSkipped: 0, alertsDropped: 0 }).time]);
  });
});

describe('the first tick', () => {
  it.each([0.1, 1, 60])(
    'comes after 250 ms, the next ones at the interval (%s s)',
    async (seconds) => {
      const { runtime, snapshots } = await begin({ intervalSeconds: seconds, firstTickMs: 250 });
      await runtime.advance(249);
      expect(snapshots).toHaveLength(0);
      await runtime.advance(1);
      expect(snapshots.map(({ intervalSeconds }) => intervalSeconds)).toEqual([0.25]);
      await runtime.advance(seconds * 2000);
      expect(snapshots.map(({ elapsedSeconds }) => elapsedSeconds)).toEqual([
        0.25,
        0.25 + seconds,
        0.25 + seconds * 2,
      ]);
    },
  );

  it('counts: --count 3 are three ticks', async () => {
    const { runtime, events } = await begin({ count: 3, firstTickMs: 250 });
    await runtime.advance(2250);
    expect(events.filter((event) => event === 'tick')).toHaveLength(3);
    expect(events.at(-1)).toBe('end');
  });

  it('--duration 2: the last tick ends with it', async () => {
    const { runtime, snapshots } = await begin({ durationSeconds: 2, firstTickMs: 250 });
    await runtime.advance(3000);
    expect(snapshots.map(({ elapsedSeconds, final }) => [elapsedSeconds, final])).toEqual([
      [0.25, false],
      [1.25, false],
      [2, false],
      [2, true],
    ]);
  });
});
