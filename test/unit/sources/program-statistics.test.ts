// The kernel's program statistics: on now and then, or all the time where somebody watches, never where it isn't permitted.
import { describe, expect, it } from 'vitest';
import type { NativeSession } from '../../../src/core/native/contract.js';
import { ProgramStatistics } from '../../../src/core/sources/program-statistics.js';

class Session {
  on = false;
  permitted = true;
  asked = 0;

  enableStatistics(): void {
    this.asked += 1;
    const fields = { code: 'EPERM', operation: 'enable program statistics', errno: 1, detail: '' };
    if (!this.permitted) throw Object.assign(new Error('EPERM'), fields);
    this.on = true;
  }

  disableStatistics(): void {
    this.on = false;
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
    expect(statistics.measuredSeconds(62_000)).toBe(3);
  });

  it('stay on as long as somebody watches', () => {
    const { session, statistics } = make();
    statistics.setContinuous(true);
    for (let second = 0; second <= 10; second += 1) statistics.tick(second * 1000);
    expect([session.on, statistics.measuredSeconds(10_500)]).toEqual([true, 10.5]);
    statistics.setContinuous(false);
    statistics.tick(11_000);
    expect([session.on, statistics.state]).toEqual([false, 'off']);
  });

  it('stay on to the end for who can’t switch them on again, whoever looks', () => {
    const session = new Session();
    const statistics = new ProgramStatistics(session as unknown as NativeSession, true);
    for (let second = 0; second <= 100; second += 1) {
      statistics.setContinuous(second % 2 === 0);
      statistics.tick(second * 1000);
      expect(session.on).toBe(true);
    }
    expect([statistics.state, session.asked]).toEqual(['on', 1]);
  });

  it('are asked for once where they aren’t permitted', () => {
    const { session, statistics } = make();
    session.permitted = false;
    for (let second = 0; second < 100; second += 1) statistics.tick(second * 1000);
    expect([session.asked, statistics.state, statistics.measuredSeconds(100_000)]).toEqual([
      1,
      'refused',
      0,
    ]);
  });
});
