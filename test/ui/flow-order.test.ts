// Calm rows: who may overtake whom, and what stays where it is.
import { describe, expect, it } from 'vitest';
import type { FlowRow } from '../../src/core/model/flow.js';
import type { Snapshot } from '../../src/core/model/snapshot.js';
import { FlowList } from '../../src/ui/state/flow-list.js';
import { calmOrder, holdPlace, keepOrder } from '../../src/ui/state/flow-order.js';

const row = (id: number, rate: number): FlowRow =>
  ({ id, smoothedBitsPerSecond: rate }) as unknown as FlowRow;
const rateOf = (one: FlowRow): number => one.smoothedBitsPerSecond;
const ids = (rows: readonly FlowRow[]): number[] => rows.map(({ id }) => id);

describe('the calm order', () => {
  it('lets a row pass only when it is a tenth better', () => {
    expect(ids(calmOrder([row(2, 105), row(1, 100)], [1, 2], rateOf))).toEqual([1, 2]);
    expect(ids(calmOrder([row(2, 111), row(1, 100)], [1, 2], rateOf))).toEqual([2, 1]);
  });

  it('puts new rows where they belong', () => {
    expect(ids(calmOrder([row(9, 500), row(1, 100), row(2, 50)], [1, 2], rateOf))).toEqual([
      9, 1, 2,
    ]);
  });

  it('holds rows of equal rate for ever', () => {
    const shown = [1, 2, 3, 4];
    const wanted = [row(4, 103), row(3, 102), row(2, 101), row(1, 100)];
    expect(ids(calmOrder(wanted, shown, rateOf))).toEqual(shown);
  });
});

describe('places', () => {
  it('are kept while rows come and go', () => {
    expect(ids(keepOrder([row(3, 9), row(1, 5), row(7, 1)], [1, 2, 3]))).toEqual([1, 3, 7]);
  });

  it('can be held for one row among others', () => {
    expect(ids(holdPlace([row(1, 3), row(2, 2), row(3, 1)], 3, 0))).toEqual([3, 1, 2]);
    expect(ids(holdPlace([row(1, 3)], 8, 0))).toEqual([1]);
  });
});

describe('the list', () => {
  const adoption = {
    pinned: [],
    openGroups: [],
    reorder: false,
    listChanged: false,
    following: false,
    rateOf: null,
    offset: 0,
  };
  const snapshot = (rows: readonly FlowRow[]): Snapshot =>
    ({ flows: rows, groups: [], flowsMatched: 500 }) as unknown as Snapshot;
  const rows = Array.from({ length: 60 }, (_, index) => row(index + 1, 1000 - index));

  it('keeps the selected flow under the cursor when rows are loaded anew and it belongs elsewhere', () => {
    const list = new FlowList();
    list.adopt(snapshot(rows), { ...adoption, listChanged: true });
    list.select(3);
    // Its rate has fallen: it comes behind all that were asked for, because it is selected.
    const later = [...rows.filter(({ id }) => id !== 4), row(4, 1)];
    for (const following of [false, true]) {
      list.adopt(snapshot(later), { ...adoption, listChanged: true, following });
      expect(list.selectedFlow?.id).toBe(4);
    }
    const again = new FlowList();
    again.adopt(snapshot(rows), { ...adoption, listChanged: true });
    again.select(3);
    again.adopt(snapshot(later), { ...adoption, listChanged: true });
    expect([again.cursor, again.top]).toEqual([3, 0]);
    expect(again.visibleIds().filter((id) => id === 4)).toHaveLength(1);
  });
});
