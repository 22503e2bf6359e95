// Checks that a new flow field appears everywhere, in a copy of the sources with a field added to the schema (test/unit/architecture).
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { flowObject } from '../../src/core/export/flow-object.generated.js';
import { onceTable } from '../../src/core/export/once-table.js';
import type { MutableFlowColumns } from '../../src/core/flows/columns.generated.js';
import type { FieldContext } from '../../src/core/flows/field-context.js';
import { findSortField, sortNames } from '../../src/core/flows/fields.js';
import { compileFilter } from '../../src/core/flows/filter/compile-filter.js';
import { FlowTable } from '../../src/core/flows/flow-table.js';
import { groupFlows } from '../../src/core/flows/group.js';
import { selectFlows } from '../../src/core/flows/query.js';
import * as at from '../../src/core/flows/record-words.js';
import { packRows, unpackRows } from '../../src/core/flows/row-columns.js';
import { groupChoices, sortChoices } from '../../src/core/flows/schema/menus.js';
import type { FlowRow } from '../../src/core/model/flow.js';
import type { Snapshot } from '../../src/core/model/snapshot.js';
import { openBatch } from '../../src/core/wire/batch.js';
import * as layout from '../../src/core/wire/layout.generated.js';
import { filterHelp } from '../../src/ui/panels/filter-help.js';
import { type CellContext, columnNames, flowColumns } from '../../src/ui/table/flow-columns.js';
import { themes } from '../../src/ui/widgets/theme.js';
import { craftBatch } from './batch-builder.js';

export interface NewField {
  readonly name: string;
  readonly title: string;
  /** Its alias in filters. */
  readonly alias: string;
  /** Values of three flows; a kernel field's values are written to their records, in two halves. */
  readonly values: readonly [number, number, number];
  readonly fromKernel: boolean;
  /** Packets and bytes of the three flows, for derived fields. */
  readonly counts?: readonly (readonly [packets: number, bytes: number])[];
}

type Numbers = Record<string, Uint32Array>;
const numbers = (columns: MutableFlowColumns): Numbers => columns as unknown as Numbers;

const context: FieldContext = {
  nowUs: 1_700_000_001_000_000,
  intervalSeconds: 1,
  elapsedSeconds: 1,
  final: false,
  label: () => 'eth0',
};

/** Three flows on ports 1, 2, 3. */
function batchOf({ name, values, fromKernel, counts }: NewField) {
  const flows = values.map((_, i) => ({
    highPort: i + 1,
    packets: [counts?.[i]?.[0] ?? 1, 0] as [number, number],
    bytes: [counts?.[i]?.[1] ?? 100, 0] as [number, number],
  }));
  const batch = openBatch(craftBatch({ flows }));
  if (!fromKernel) return batch;
  const offset = (layout.flowDetailsLayout.offset as Record<string, number>)[name]!;
  assert.notEqual(offset, undefined, 'the generated layout has the field');
  const word = (layout.flowRecordLayout.offset.details + offset) / 4;
  values.forEach((value, i) => {
    const base = batch.flowsWord + i * at.RECORD_WORDS + word;
    batch.words[base] = Math.floor(value / 2);
    batch.words[base + 1] = Math.ceil(value / 2);
  });
  return batch;
}

function filledTable(field: NewField): FlowTable {
  const table = new FlowTable({ capacity: 1024, timeoutSeconds: 0 });
  const batch = batchOf(field);
  table.apply(batch, batch.capturedAtUs, 1);
  return table;
}

/** A summed column with its delta of the last tick: zero when the flow is silent, and in the slot's next flow. */
function columnFollows(field: NewField): void {
  const table = new FlowTable({ capacity: 1024, timeoutSeconds: 5 });
  const batch = batchOf(field);
  const delta = `delta${field.name[0]!.toUpperCase()}${field.name.slice(1)}`;
  const of = (column: string): number[] => [...numbers(table.columns)[column]!.subarray(0, 6)];
  const halves = (times: number): number[] =>
    field.values.flatMap((value) => [Math.floor(value / 2) * times, Math.ceil(value / 2) * times]);
  table.apply(batch, batch.capturedAtUs, 1);
  table.apply(batch, batch.capturedAtUs, 1);
  assert.deepEqual(of(field.name), halves(2), 'a record is added to the column');
  assert.deepEqual(of(delta), halves(1), 'the delta is of the last tick');
  const silent = openBatch(craftBatch({}));
  table.apply(silent, batch.capturedAtUs, 1);
  assert.deepEqual(of(delta), [0, 0, 0, 0, 0, 0], 'the delta of a silent flow is zero');
  table.apply(silent, batch.capturedAtUs + 9e6, 1);
  assert.equal(table.columns.count, 0);
  table.apply(openBatch(craftBatch({ flows: [{}, { highPort: 9 }, { highPort: 8 }] })), 0, 1);
  assert.deepEqual(of(field.name), [0, 0, 0, 0, 0, 0], "the slot's next flow begins at zero");
}

function rowsOf(table: FlowTable, sort: string, filter = ''): FlowRow[] {
  const compiled = compileFilter(filter);
  assert.ok(compiled.ok, compiled.ok ? '' : compiled.error.message);
  const { slots } = selectFlows(table.columns, context, {
    filter: compiled.filter,
    sort: { field: sort, descending: true },
    offset: 0,
    limit: Infinity,
  });
  return unpackRows(packRows(table.columns, slots, context));
}

/** Throws if the field is missing somewhere. */
export function fieldFollows(field: NewField): void {
  const { name, title, alias, values } = field;
  if (field.fromKernel) columnFollows(field);
  const table = filledTable(field);
  const [least, middle, most] = [...values].sort((a, b) => a - b) as [number, number, number];
  const valueIn = (row: FlowRow): unknown => (row as unknown as Record<string, unknown>)[name];

  assert.ok(findSortField(name) && sortNames.includes(name), 'it can be sorted by');
  const rows = rowsOf(table, name);
  assert.deepEqual(rows.map(valueIn), [most, middle, least], 'rows have it, in order');
  assert.deepEqual(rowsOf(table, alias, `${name} > ${least}`).map(valueIn), [most, middle]);
  assert.deepEqual(rowsOf(table, name, `${alias} <= ${middle}`).map(valueIn), [middle, least]);
  const json = JSON.parse(JSON.stringify(rows.map(flowObject))) as Record<string, unknown>[];
  assert.deepEqual(
    json.map((one) => one[name]),
    [most, middle, least],
    'NDJSON has it',
  );
  assert.deepEqual(Object.keys(json[0]!).slice(0, 3), ['interface', 'protocol', 'source']);

  const snapshot = {
    ...{ wallUs: 0, timeUs: 0, intervalSeconds: 1, protocols: [], interfaceStates: [] },
    ...{ flows: rows, untracked: { packets: 0 }, malformed: { packets: 0 } },
  };
  const table1 = onceTable(snapshot as unknown as Snapshot, []).split('\n');
  assert.ok(
    table1.some((line) => line.includes(` ${title}`)),
    '--once has its column',
  );

  const column = flowColumns.find(({ id }) => id === name);
  assert.ok(column && columnNames.includes(name), 'the screen has its column');
  assert.equal(column.title, title);
  const cell = { theme: themes[0]!, units: 'bits', nowUs: 0, width: 9 } as CellContext;
  assert.equal(column.cell(rows[0]!, cell).text, String(most));
  const term = column.term(rows[1]!);
  assert.ok(term !== null && rowsOf(table, name, term).some((row) => valueIn(row) === middle));

  const letters = sortChoices.map(({ key }) => key);
  assert.ok(sortChoices.some((choice) => choice.field === name && choice.key !== ''));
  assert.equal(new Set(letters).size, letters.length, 'each entry has a letter of its own');
  if (field.fromKernel) {
    assert.ok(groupChoices.some(({ keys, key }) => keys.join() === name && key !== ''));
    const query = { filter: null, sort: { field: 'rate', descending: true }, offset: 0 };
    const { groups } = groupFlows(table.columns, context, { ...query, limit: 9 }, [name]);
    const labels = groups.map((group) => group.labels[0]).sort();
    assert.deepEqual(labels, values.map(String).sort(), 'flows are grouped by it');
    assert.equal(rowsOf(table, name, groups[0]!.filter).length, 1, 'a group can be opened');
  }
  assert.ok(
    filterHelp.some((line) => line.split(' ').includes(name)),
    'help names it',
  );
  const docs = readFileSync('docs/filters.md', 'utf8');
  assert.match(docs, new RegExp(`\\| \`${name}\` \\| \`${alias}\` \\|`), 'the docs name it');
}
