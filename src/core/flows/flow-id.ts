// A flow's id says its slot, so that a flow is found by id without an index: how often the slot was used × SLOTS + slot + 1.

/** The largest table: --max-flows 4,194,304, of which user space keeps four times as many. 2^29 flows in each slot have an exact id. */
const SLOTS = 2 ** 24;

/** Ids begin at 1: the cells of a column that was never written are 0. `previousId` is of the slot's last flow. */
export function nextFlowId(previousId: number, slot: number): number {
  return previousId === 0 ? slot + 1 : previousId + SLOTS;
}

/** The only slot that a flow with this id can be in; NaN and fractions for an invalid id. */
export function slotOfFlowId(id: number): number {
  return (id - 1) % SLOTS;
}
