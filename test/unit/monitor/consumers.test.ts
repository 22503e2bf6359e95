// Consumers of a run: each with its own view, and none of them able to hold up or harm another.
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/core/model/alert.js';
import type { Consumer, EndedFlow, Subscription } from '../../../src/core/model/consumer.js';
import type { Snapshot } from '../../../src/core/model/snapshot.js';
import { CONSUMERS_MAX } from '../../../src/core/monitor/consumer-list.js';
import { ConsumerQueue } from '../../../src/core/monitor/consumer-queue.js';
import { begin } from '../../support/begun-run.js';

const UDP = 17;
const three = { flows: [{ highPort: 443 }, { highPort: 22 }, { highPort: 53, protocol: UDP }] };

/** Writes down what it is handed. */
function recorder(
  name: string,
): Consumer & { readonly calls: string[]; readonly ticks: Snapshot[] } {
  const calls: string[] = [];
  const ticks: Snapshot[] = [];
  return {
    name,
    calls,
    ticks,
    start: () => void calls.push('start'),
    tick: (snapshot) => {
      ticks.push(snapshot);
      calls.push(snapshot.final ? 'summary' : 'tick');
    },
    alert: ({ state }) => void calls.push(`alert ${state}`),
    warning: ({ code }) => void calls.push(code),
    flowEnded: ({ reason }) => void calls.push(reason),
    finish: () => void calls.push('finish'),
  };
}

describe('views', () => {
  it('each consumer has its own, and the port’s view is not theirs', async () => {
    const { run, runtime, snapshots } = await begin({}, 'live', ({ batches }) => {
      batches.push(three, three);
    });
    const tcp = recorder('tcp');
    const one = recorder('one');
    run.subscribe({ filter: 'tcp' }, tcp);
    const subscription = run.subscribe({ limit: 1 }, one);
    await runtime.advance(1000);
    await run.setView({ ...viewOf('udp') });
    expect(tcp.ticks[0]!.flows.map((row) => row.protocol)).toEqual(['TCP', 'TCP']);
    expect(one.ticks[0]).toMatchObject({ flowsMatched: 3, flows: [{}] });
    expect(snapshots.at(-1)!.flowsMatched).toBe(1);
    expect(tcp.ticks).toHaveLength(1);
    expect(subscription.setView({ filter: 'udp' })).toBeNull();
    expect(subscription.setView({ filter: 'port htps' })).toMatchObject({ position: 5 });
    await runtime.advance(1000);
    expect(one.ticks[1]!.flows.map((row) => row.protocol)).toEqual(['UDP']);
    await run.stop();
  });

  it('that are equal get one snapshot, and rows of one flow are one object', async () => {
    const { run, runtime } = await begin({}, 'live', ({ batches }) => batches.push(three));
    const [first, second, wide] = [recorder('a'), recorder('b'), recorder('c')];
    run.subscribe({ filter: 'tcp', limit: 1 }, first);
    run.subscribe({ filter: 'tcp', limit: 1 }, second);
    run.subscribe({ filter: 'tcp' }, wide);
    await runtime.advance(1000);
    expect(second.ticks[0]).toBe(first.ticks[0]);
    expect(wide.ticks[0]!.flows).toHaveLength(2);
    expect(wide.ticks[0]!.flows[0]).toBe(first.ticks[0]!.flows[0]);
    await run.stop();
  });

  it('with a wrong filter are refused', async () => {
    const { run } = await begin();
    expect(() => run.subscribe({ filter: 'port htps' }, recorder('x'))).toThrowError(/htps/);
    await run.stop();
  });

  it('of groups', async () => {
    const { run, runtime } = await begin({}, 'live', ({ batches }) => batches.push(three));
    const groups = recorder('groups');
    run.subscribe({ groupBy: ['protocol'] }, groups);
    await runtime.advance(1000);
    expect(groups.ticks[0]!.groups.map(({ labels }) => labels[0]).sort()).toEqual(['TCP', 'UDP']);
    expect(groups.ticks[0]!.flows).toEqual([]);
    await run.stop();
  });
});

describe('the order', () => {
  it('is start, alerts and ticks, the summary, finish; one that comes late is started at once', async () => {
    const { run, runtime } = await begin({}, 'live', ({ batches }) => batches.push(three));
    const early = recorder('early');
    run.subscribe({}, early);
    await runtime.advance(1000);
    const late = recorder('late');
    run.subscribe({}, late);
    await runtime.advance(1000);
    await run.stop();
    const open = ['run_ended', 'run_ended', 'run_ended'];
    expect(early.calls).toEqual(['start', 'tick', 'tick', ...open, 'summary', 'finish']);
    expect(late.calls).toEqual(['start', 'tick', ...open, 'summary', 'finish']);
  });
});

describe('a consumer', () => {
  it('that throws is named once, counted, and kept; others go on', async () => {
    const { run, runtime, events, snapshots } = await begin({}, 'live', ({ batches }) => {
      for (let i = 0; i < 3; i += 1) batches.push(three);
    });
    const other = recorder('other');
    let calls = 0;
    run.subscribe(
      {},
      {
        name: 'broken',
        tick: () => {
          calls += 1;
          throw new Error('out of luck');
        },
      },
    );
    run.subscribe({}, other);
    await runtime.advance(3000);
    expect(calls).toBe(3);
    expect(other.ticks).toHaveLength(3);
    expect(events.filter((event) => event === 'consumer_failed')).toHaveLength(1);
    expect(snapshots.at(-1)!.warnings.at(-1)!.message).toBe(
      'the consumer broken failed: out of luck',
    );
    expect(snapshots.at(-1)!.consumers).toEqual([
      {
        name: 'broken',
        ticksSkipped: 0,
        alertsDropped: 0,
        warningsDropped: 0,
        flowsDropped: 0,
        reportsDropped: 0,
        failures: 2,
      },
    ]);
    await run.stop();
    expect(events.at(-1)).toBe('end');
  });

  it('that throws in `warning`, too, is no endless circle', async () => {
    const { run, runtime, events } = await begin();
    const fail = (): never => {
      throw new Error('always');
    };
    run.subscribe({}, { name: 'broken', tick: fail, warning: fail, start: fail, finish: fail });
    await runtime.advance(2000);
    await run.stop();
    expect(events.at(-1)).toBe('end');
  });

  it('that rejects is counted as one that throws', async () => {
    const { run, runtime, events } = await begin();
    run.subscribe({}, { name: 'rejecting', tick: () => Promise.reject(new Error('no')) });
    await runtime.advance(2000);
    expect(events.filter((event) => event === 'consumer_failed')).toHaveLength(1);
    await run.stop();
  });

  it('that never returns delays nobody: its ticks are skipped, its alerts wait, and the end comes after three seconds', async () => {
    const { run, runtime, snapshots, events } = await begin();
    const other = recorder('other');
    run.subscribe({}, { name: 'stalled', tick: () => new Promise(() => {}) });
    run.subscribe({}, other);
    await runtime.advance(5000);
    expect(other.ticks).toHaveLength(5);
    expect(snapshots.at(-1)!.consumers).toMatchObject([{ name: 'stalled', ticksSkipped: 2 }]);
    void run.stop();
    await runtime.advance(2900);
    expect(events.at(-1)).toBe('summary');
    await runtime.advance(200);
    expect(events.at(-1)).toBe('end');
  });

  it('that is slow gets the newest tick, and the summary', async () => {
    const { run, runtime } = await begin();
    const seen: (number | 'summary')[] = [];
    run.subscribe(
      {},
      {
        name: 'slow',
        tick: ({ final, sequence }) => {
          seen.push(final ? 'summary' : sequence);
          return new Promise<void>((resolve) => void runtime.after(2500, resolve));
        },
      },
    );
    await runtime.advance(8000);
    void run.stop();
    await runtime.advance(6000);
    expect(seen).toEqual([1, 3, 5, 'summary']);
  });

  it('may unsubscribe in its own callback, and subscribe another', async () => {
    const { run, runtime } = await begin();
    const other = recorder('other');
    let subscription: Subscription | null = null;
    let ticks = 0;
    subscription = run.subscribe(
      {},
      {
        name: 'once',
        tick: () => {
          ticks += 1;
          subscription?.close();
          run.subscribe({}, other);
        },
        finish: () => expect.unreachable(),
      },
    );
    await runtime.advance(3000);
    expect(ticks).toBe(1);
    expect(other.calls).toEqual(['start', 'tick', 'tick']);
    await run.stop();
  });

  it('is one of a thousand, of whom half throw', async () => {
    const { run, runtime, events, snapshots } = await begin({}, 'live', ({ batches }) => {
      batches.push(three, three);
    });
    const good: Snapshot[] = [];
    for (let i = 0; i < 1000; i += 1) {
      const filter = `port ${1 + (i % 7)} or port 443`;
      const tick = (snapshot: Snapshot): void => {
        if (i % 2 === 0) throw new Error(String(i));
        good.push(snapshot);
      };
      run.subscribe({ filter }, { name: `consumer ${i}`, tick });
    }
    await runtime.advance(2000);
    expect(good).toHaveLength(1000);
    expect(new Set(good).size).toBe(14);
    expect(events.filter((event) => event === 'consumer_failed')).toHaveLength(500);
    expect(snapshots.at(-1)!.consumers).toHaveLength(100);
    for (let i = 1000; i < CONSUMERS_MAX; i += 1) run.subscribe({}, { name: 'one more' });
    expect(() => run.subscribe({}, { name: 'too many' })).toThrowError(/at most 4096/);
    await run.stop();
  });
});

describe('what waits', () => {
  it('is bounded by kind, oldest first, and comes in order', async () => {
    const got: string[] = [];
    let resolve = (): void => {};
    const consumer: Consumer = {
      name: 'busy',
      start: () =>
        new Promise<void>((done) => {
          resolve = done;
        }),
      tick: ({ sequence }) => void got.push(`tick ${sequence}`),
      alert: ({ id }) => void got.push(`alert ${id}`),
      flowEnded: ({ timeUs }) => void got.push(`flow ${timeUs}`),
    };
    const queue = new ConsumerQueue(consumer, () => expect.unreachable());
    queue.deliver('start', { timeUs: 0, wallUs: 0, interfaces: [], intervalSeconds: 1 });
    for (let i = 0; i < 1003; i += 1) {
      queue.deliver('alert', { id: String(i) } as Alert);
      queue.deliver('tick', { sequence: i } as Snapshot);
    }
    for (let i = 0; i < 10_005; i += 1) queue.deliver('flowEnded', { timeUs: i } as EndedFlow);
    expect(queue.losses()).toEqual({
      name: 'busy',
      ticksSkipped: 1002,
      alertsDropped: 3,
      warningsDropped: 0,
      flowsDropped: 5,
      reportsDropped: 0,
      failures: 0,
    });
    resolve();
    await queue.idle();
    expect(got.slice(0, 2)).toEqual(['alert 3', 'alert 4']);
    expect(got.slice(999, 1002)).toEqual(['alert 1002', 'tick 1002', 'flow 5']);
    expect(got).toHaveLength(1000 + 1 + 10_000);
  });

  it('a capture waits for, two seconds at most for one that takes nothing', async () => {
    const seen: number[] = [];
    const { run, runtime } = await begin(
      {},
      'capture',
      ({ batches }) => {
        for (let i = 0; i < 6; i += 1) batches.push(three);
      },
      (begun, clock) => {
        const tick = ({ sequence }: Snapshot): Promise<void> => {
          seen.push(sequence);
          if (sequence === 3) return new Promise(() => {});
          return new Promise((resolve) => void clock.after(1000, resolve));
        };
        begun.subscribe({}, { name: 'reader', tick });
      },
    );
    await runtime.advance(1900);
    expect(seen).toEqual([1, 2]);
    await runtime.advance(20_000);
    expect(seen).toEqual([1, 2, 3]);
    await run.stop();
  });
});

function viewOf(filter: string) {
  return {
    filter,
    sort: { field: 'rate', descending: true },
    limit: 50,
    offset: 0,
    groupBy: [],
    pinned: [],
  };
}
