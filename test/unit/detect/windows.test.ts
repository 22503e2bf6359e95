// Bounded memory: what is counted, what is forgotten, and that it is told.
import { describe, expect, it } from 'vitest';
import {
  RecencyTable,
  RollingSet,
  RollingSum,
  StateLedger,
} from '../../../src/core/detect/windows.js';

describe('a rolling set', () => {
  it('counts what is distinct, and forgets it within a window', () => {
    const set = new RollingSet(60e6, 100, new StateLedger());
    for (const port of [22, 80, 22, 443]) set.add(port, 1e6);
    expect(set.size(1e6)).toBe(3);
    expect(set.size(29e6)).toBe(3);
    expect(set.size(31e6)).toBe(3);
    expect(set.size(92e6)).toBe(0);
  });

  it('keeps what is seen again', () => {
    const set = new RollingSet(60e6, 100, new StateLedger());
    set.add(1, 1e6);
    set.add(2, 1e6);
    set.add(1, 32e6);
    expect(set.size(62e6)).toBe(1);
  });

  it('stops at its cap, and counts what found no room', () => {
    const set = new RollingSet(60e6, 3, new StateLedger());
    for (let i = 0; i < 5; i += 1) set.add(i, 1e6);
    expect(set.size(1e6)).toBe(3);
    expect(set.overflow).toBe(2);
  });

  it('takes no more than the budget that all share, and gives it back', () => {
    const ledger = new StateLedger(10);
    const first = new RollingSet(60e6, 100, ledger);
    const second = new RollingSet(60e6, 100, ledger);
    for (let i = 0; i < 8; i += 1) first.add(i, 1e6);
    for (let i = 0; i < 8; i += 1) second.add(i, 1e6);
    expect(second.size(1e6)).toBe(2);
    first.release();
    second.delete(0);
    expect(ledger.elements).toBe(1);
    expect(second.add(99, 1e6)).toBe(true);
  });
});

describe('a rolling sum', () => {
  it('adds up over the window and forgets after it', () => {
    const sum = new RollingSum(10e6);
    sum.add(5, 1e6);
    expect(sum.add(7, 3e6)).toBe(12);
    expect(sum.value(8e6)).toBe(12);
    expect(sum.value(14e6)).toBe(0);
  });

  it('is not upset by time that jumps ahead', () => {
    const sum = new RollingSum(10e6);
    sum.add(5, 1e6);
    expect(sum.value(1e15)).toBe(0);
  });
});

describe('a table by last use', () => {
  it('forgets the one unused longest, gives its state back and counts it', () => {
    const ledger = new StateLedger();
    const gone: string[] = [];
    const table = new RecencyTable<number, string>('things', 2, ledger, (value) =>
      gone.push(value),
    );
    table.getOrCreate(1, () => 'one');
    table.getOrCreate(2, () => 'two');
    table.get(1);
    table.getOrCreate(3, () => 'three');
    expect(gone).toEqual(['two']);
    expect(ledger.forgotten.get('things')).toBe(1);
    expect(table.size).toBe(2);
  });
});
