// The record of verified instructions: growth is told, what another kernel said stays, programs that are gone leave no row.
import { describe, expect, it } from 'vitest';

const script = new URL('../../../scripts/kernels/verified.mjs', import.meta.url).href;
const { compareVerified, mergeVerified } = await import(script);

const figures = (instructions: number) => ({ instructions, states: 1, stackBytes: 8 });
const report = (name: string, programs: Record<string, number>) => ({
  name,
  verified: {
    network_monitor: {
      programs: Object.fromEntries(
        Object.entries(programs).map(([program, count]) => [program, figures(count)]),
      ),
      log: '',
    },
  },
});
const known = {
  network_monitor: {
    xdp: { '6.1': figures(40_000), newest: figures(50_000) },
    gone: { newest: figures(7) },
  },
};

describe('verified instructions', () => {
  it('says what has grown, shrunk and come, and nothing of the rest', () => {
    const lines = compareVerified(known, [
      report('newest', { xdp: 60_000, tc: 5_000 }),
      report('6.1', { xdp: 40_000 }),
    ]);
    expect(lines).toEqual([
      'newest network_monitor xdp: 50,000 → 60,000, GROWN by 20.0 %, 6.0 % of the limit',
      'newest network_monitor tc: 5,000, new, 0.5 % of the limit',
    ]);
    expect(compareVerified(known, [report('6.1', { xdp: 30_000 })])[0]).toMatch(/shrunk by 25.0 %/);
  });

  it('keeps other kernels, and forgets programs that a kernel has no more', () => {
    const merged = mergeVerified(known, [report('newest', { xdp: 60_000 })]);
    expect(merged).toEqual({
      network_monitor: { xdp: { '6.1': figures(40_000), newest: figures(60_000) } },
    });
  });

  it('a kernel that gave no kernel events changes nothing', () => {
    const merged = mergeVerified(known, [{ name: '5.10' }, { name: '6.1', verified: {} }]);
    expect(merged).toEqual(known);
  });
});
