// The order of rows on the screen, damped: a row overtakes another when its rate is a tenth higher. How often rows may move is said here,
// and kept by data-feed.ts.
import type { FlowRow } from '../../core/model/flow.js';

/** Rows change places no more often than this: moved rows are rewritten whole, and a table that reorders constantly is unreadable. */
export const reorderPauseMs = 5000;
/** Minimum time after a key: the user may be about to select a row. */
export const keyPauseMs = 3000;
const hysteresis = 0.1;

/**
 * `wanted` in the order of the sort, `shown` as it stands. A row rises past another only when its rate is a tenth higher, so that
 * two equal flows don't change places for ever; new rows come in where they belong.
 */
export const calmOrder = (
  wanted: readonly FlowRow[],
  shown: readonly number[],
  rateOf: (row: FlowRow) => number,
): FlowRow[] => {
  const placeBefore = new Map(shown.map((id, index) => [id, index]));
  const order = [...wanted];
  // Insertion sort: cheap, because orders change little between two updates.
  for (let index = 1; index < order.length; index++) {
    for (let at = index; at > 0; at--) {
      const above = order[at - 1]!;
      const below = order[at]!;
      const aboveBefore = placeBefore.get(above.id);
      const belowBefore = placeBefore.get(below.id);
      if (aboveBefore === undefined || belowBefore === undefined) break;
      const overtook = belowBefore < aboveBefore;
      if (!overtook || rateOf(above) > rateOf(below) * (1 + hysteresis)) break;
      order[at - 1] = below;
      order[at] = above;
    }
  }
  return order;
};

/** Rows in the old order with fresh numbers; rows that no longer exist are removed, new ones are appended. */
export const keepOrder = (fresh: readonly FlowRow[], shown: readonly number[]): FlowRow[] => {
  const byId = new Map(fresh.map((row) => [row.id, row]));
  const rows: FlowRow[] = [];
  for (const id of shown) {
    const row = byId.get(id);
    if (row === undefined) continue;
    rows.push(row);
    byId.delete(id);
  }
  return [...rows, ...byId.values()];
};

/** Puts the row with this id at `place` and leaves the others' order alone. */
export const holdPlace = (rows: readonly FlowRow[], id: number, place: number): FlowRow[] => {
  const held = rows.find((row) => row.id === id);
  if (held === undefined) return [...rows];
  const others = rows.filter((row) => row.id !== id);
  others.splice(Math.min(place, others.length), 0, held);
  return others;
};
