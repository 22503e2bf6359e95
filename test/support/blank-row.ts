// A flow row of which a test sets only some properties: the others are those of an empty flow.
import { MutableFlowColumns } from '../../src/core/flows/columns.generated.js';
import { rowMaker } from '../../src/core/flows/row.js';
import type { FlowRow } from '../../src/core/model/flow.js';

const columns = new MutableFlowColumns(1, null);
columns.vlan.fill(0xffff);
const make = rowMaker(columns, {
  nowUs: 0,
  intervalSeconds: 1,
  elapsedSeconds: 1,
  final: false,
  label: () => '',
});

export const blankRow = (known: Partial<FlowRow>): FlowRow => ({ ...make(0), ...known });
