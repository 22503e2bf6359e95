// Rows of one tick: what all of them share is looked up once.
import type { FlowRow } from '../model/flow.js';
import type { RowColumns } from './columns.generated.js';
import type { FieldContext } from './field-context.js';
import { Rates } from './rates.js';
import { makeRow } from './row.generated.js';

export function rowMaker(columns: RowColumns, context: FieldContext): (slot: number) => FlowRow {
  const rates = new Rates(columns, context);
  return (slot) => makeRow(columns, slot, context, rates);
}
