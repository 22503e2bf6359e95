// Nanoseconds a packet from the kernel's statistics: only by packets, only now and then, null where it isn't permitted.
import { describe, expect, it } from 'vitest';
import type { NativeProgramInfo, NativeSession } from '../../../src/core/native/contract.js';
import { ProgramStatistics } from '../../../src/core/sources/program-statistics.js';

class Session {
  on = false;
  permitted = true;
  enabled = 0;
  counts: Record<string, [runs: number, timeNs: number]> = {
    network_monitor_tc_ingress: [0, 0],
    network_monitor_clock: [0, 0],
  };

  enableStatistics(): void {
    if (!this.permitted) throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
    this.on = true;
    this.enabled += 1;
  }

  disableStatistics(): void {
    this.on = false;
  }

  programs(): NativeProgramInfo[] {
    return Object.entries(this.counts).map(
      ([name, [runCount, runTimeNs]]) => ({ name, runCount, runTimeNs }) as NativeProgramInfo,
    );
  }
}

function make(): { session: Session; statistics: ProgramStatistics } {
  const session = new Session();
  return { session, statistics: new ProgramStatistics(session as unknown as NativeSession) };
}

describe('program statistics', () => {
  it('are on for one second in thirty', () => {
    const { session, statistics } = make();
    const on: number[] = [];
    for (let second = 0; second < 62; second += 1) {
      statistics.tick(second * 1000);
      if (session.on) on.push(second);
    }
    expect(on).toEqual([0, 30, 60]);
  });

  it('give the mean of what ran meanwhile, the clock’s own program left out', () => {
    const { session, statistics } = make();
    session.counts['network_monitor_tc_ingress'] = [100, 999_999];
    statistics.tick(0);
    expect(statistics.nanosecondsPerPacket).toBeNull();
    session.counts = {
      network_monitor_tc_ingress: [1100, 999_999 + 70_000],
      network_monitor_clock: [5, 50_000],
    };
    statistics.tick(1000);
    expect(statistics.nanosecondsPerPacket).toBe(50);
  });

  it('say nothing where no packet ran', () => {
    const { session, statistics } = make();
    statistics.tick(0);
    session.counts['network_monitor_clock'] = [2, 1000];
    statistics.tick(1000);
    expect(statistics.nanosecondsPerPacket).toBeNull();
  });

  it('are asked for once where they aren’t permitted', () => {
    const { session, statistics } = make();
    session.permitted = false;
    for (let second = 0; second < 100; second += 1) statistics.tick(second * 1000);
    expect([session.enabled, statistics.nanosecondsPerPacket]).toEqual([0, null]);
  });
});
