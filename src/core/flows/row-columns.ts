// The columns that rows are built from, for a few slots: sent to another thread in place of rows, in one buffer.
import type { FlowRow } from '../model/flow.js';
import { BatchColumns, BYTES_PER_ROW, copyRows, type QueryColumns } from './columns.generated.js';
import type { FieldContext } from './field-context.js';
import { rowMaker } from './row.js';
import { columnNameOf, fields } from './schema/schema.js';

type LabelsOfRows = Readonly<Record<string, ReadonlyMap<number, string>>>;

/** Rows before they are objects. An object of 25 fields for each cost both threads a millisecond a tick. */
export interface RowBatch {
  readonly count: number;
  /** Transferred, not copied. */
  readonly memory: ArrayBuffer;
  readonly context: Omit<FieldContext, 'label'>;
  /** By dictionary: the texts of these rows' codes. Rows are some hundred, dictionaries have thousands, and the other side keeps nothing. */
  readonly labels: LabelsOfRows;
}

const labelColumns = fields.flatMap((field) =>
  field.dictionary === undefined
    ? []
    : [{ dictionary: field.dictionary, name: columnNameOf(field) as keyof BatchColumns }],
);

function labelsOf(columns: BatchColumns, label: FieldContext['label']): LabelsOfRows {
  const labels: Record<string, Map<number, string>> = {};
  for (const { dictionary, name } of labelColumns) {
    labels[dictionary] ??= new Map();
    const texts = labels[dictionary];
    for (const code of columns[name]) {
      if (!texts.has(code)) texts.set(code, label(dictionary, code));
    }
  }
  return labels;
}

/** Copies the cells that rows of these slots need. */
export function packRows(
  columns: QueryColumns,
  slots: readonly number[],
  { nowUs, intervalSeconds, elapsedSeconds, final, label }: FieldContext,
): RowBatch {
  const count = slots.length;
  const memory = new ArrayBuffer(count * BYTES_PER_ROW);
  const packed = new BatchColumns(memory, count);
  copyRows(packed, columns, slots);
  const labels = labelsOf(packed, label);
  return { count, memory, context: { nowUs, intervalSeconds, elapsedSeconds, final }, labels };
}

/** The rows, in the order in which they were packed. */
export function unpackRows({ count, memory, context, labels }: RowBatch): FlowRow[] {
  // Written out: spread, it would have another shape now and then, and what is compiled for rows be compiled again.
  const { nowUs, intervalSeconds, elapsedSeconds, final } = context;
  const label = (dictionary: string, code: number): string => labels[dictionary]?.get(code) ?? '';
  const named = { nowUs, intervalSeconds, elapsedSeconds, final, label };
  const make = rowMaker(new BatchColumns(memory, count), named);
  return Array.from({ length: count }, (_, row) => make(row));
}
