// What one entry of the schema says: of a column of the flow table, of a property of a row, of a field in all places where it stands.
import type { FlowRow } from '../../model/flow.js';
import type { FlowGroup } from '../../model/group.js';
import type { QueryColumns, RowColumns } from '../columns.generated.js';
import type { FieldContext } from '../field-context.js';
import type { Rates } from '../rates.js';

/** How a record's value is put into a column; `first`: only the flow's first record writes it. */
export type Addition = 'sum' | 'or' | 'max' | 'last' | 'first';

export interface ColumnSchema {
  readonly storage: 'u8' | 'u16' | 'u32' | 'f64';
  /** Elements of a slot: slot * count + i; default: 1. */
  readonly count?: number;
  readonly description: string;
  /** Which columns rules, queries and rows may read; the others are private to the table. */
  readonly seenBy: 'rules' | 'queries' | 'table';
  /** Rows are built from it: it is sent to the other thread. */
  readonly inRows?: true;
  /** The same memory also as 32-bit words, `<name>Words`. */
  readonly words?: true;
  /** Rows have something in it only where this other column isn't 0. */
  readonly onlyWith?: string;
  /** Filled by a record. Absent: by the table itself, the loops of accumulate.ts or a stage behind them. */
  readonly record?: {
    /** "details.syn": its path in struct flow_record, as in layout.generated.ts. */
    readonly from: string;
    readonly add: Addition;
    /** A column of the same shape with the last tick's increments. */
    readonly delta?: string;
  };
}

/** Of what a rate is: a method of Rates, in bits or as it is. */
export interface RateSchema {
  readonly of: 'bytes' | 'packets' | 'receivedBytes' | 'sentBytes';
  readonly inBits: boolean;
}

/** The value of a row's property, from the columns of the table or of a row batch. */
export type RowValue = (
  columns: RowColumns,
  slot: number,
  context: FieldContext,
  rates: Rates,
) => unknown;

export interface RowProperty {
  /** In FlowRow, and (without `json`) in NDJSON: "fragments", "tcp.syn". */
  readonly path: string;
  /** Of TypeScript. */
  readonly type: string;
  /** Docstring of FlowRow. Without: the field's description. */
  readonly description?: string;
  /** The name of a column: the sum of its elements, read in place; with `dictionary`, the label of its code. Rates are written out, too. */
  readonly value: RowValue | string | RateSchema;
  readonly dictionary?: string;
  /** null: rows have it, NDJSON doesn't. Absent: as it is. */
  readonly json?: {
    /** Another name than the row's. */
    readonly name?: string;
    /** `round`: three decimals; `time`: microseconds since 1970 as ISO 8601. */
    readonly write?: 'round' | 'time';
    /** Omitted when null, or when empty. */
    readonly omit?: 'null' | 'empty';
  } | null;
}

/** What a value is, and so how it is written in a filter and formatted. `label`: a code of a dictionary that `enrich` keeps. */
export type FieldKind =
  | 'bitsPerSecond'
  | 'packetsPerSecond'
  | 'bytes'
  | 'count'
  | 'seconds'
  | 'port'
  | 'number'
  | 'address'
  | 'name'
  | 'label';

/** A column of the screen's table. */
export interface ScreenColumn {
  /** From the left, by tens; at the end without. */
  readonly place?: number;
  /** Another title or description than the field's. */
  readonly title?: string;
  readonly description?: string;
  /** Cells; 0: gets the remaining width; default: 5. */
  readonly width?: number;
  /** Minimum and maximum terminal width at which it is shown, unless chosen explicitly; Infinity: by choice only. */
  readonly from?: number;
  readonly until?: number;
}

/** An entry of the menu "sort by". */
export interface SortMenuEntry {
  readonly place?: number;
  /** A letter; the first free one without. */
  readonly key?: string;
  readonly label?: string;
}

export type GroupCode = number | string;

/** How flows are added up by a field; one value, or two where both ends of a flow count ("host"). */
export interface GroupKey {
  readonly name: string;
  readonly description: string;
  /** Of its only value, or of the value at its lower end. */
  code(columns: QueryColumns, slot: number): GroupCode;
  /** Keys of both ends: the value at the higher end. */
  highCode?(columns: QueryColumns, slot: number): GroupCode;
  /** As shown; asked once for a group, of the first flow in it. `high`: of the higher end. */
  label(columns: QueryColumns, context: FieldContext, slot: number, high: boolean): string;
  /** A filter that selects the flows with this label. */
  filter(label: string): string;
  /** Several codes may have one label (an interface that was deleted and made again): they are one group. */
  readonly sharedLabels?: true;
}

export interface GroupMenuEntry {
  readonly place?: number;
  readonly key?: string;
  readonly label?: string;
}

export interface FieldSchema {
  readonly name: string;
  /** Other spellings in filters and in --sort: Wireshark's, htop's. */
  readonly aliases?: readonly string[];
  readonly kind: FieldKind;
  /** Head of its column. */
  readonly title: string;
  readonly description: string;
  /** A column of its own, under the field's name or another; derived fields have none. */
  readonly column?: ColumnSchema & { readonly name?: string };
  /** Derived: it is a rate, in ticks over the last interval, in a summary over the run. */
  readonly rate?: RateSchema;
  /** Kind `label`: the dictionary that knows the codes of its column. */
  readonly dictionary?: string;
  /** A number that sorts as the field does; for names a code that `label` spells. Absent: the sum of its column's elements. */
  readonly read?: (columns: QueryColumns, context: FieldContext) => (slot: number) => number;
  /** Order of slots with equal numbers, where the number isn't the whole value. */
  readonly compare?: (columns: QueryColumns) => (a: number, b: number) => number;
  /** Kind `name`: the text of a code; '' for none. */
  readonly label?: (code: number) => string;
  /** False: it can't be sorted by. */
  readonly sortable?: false;
  /** Its property of a row; null: none of its own. Absent: its value under its name. */
  readonly row?: Partial<RowProperty> | null;
  /** Its value in a row that is shown; absent: the row's property. */
  readonly ofRow?: (row: FlowRow, nowUs: number) => string | number | null;
  /** Its value of a group, by which groups are sorted and which stands in the group's row. */
  readonly ofGroup?: (group: FlowGroup, nowUs: number) => number;
  /** A filter that selects flows with a row's value, null where it would make no sense. Absent: by kind. */
  readonly term?: (row: FlowRow) => string | null;
  /** Rows of --once: absent: not there. */
  readonly once?: { readonly place?: number; readonly title?: string };
  readonly screen?: ScreenColumn;
  readonly sortMenu?: SortMenuEntry;
  /** `true`: by its value. Further keys of the same data stand in group-keys.ts. */
  readonly group?: true | GroupKey;
  readonly groupMenu?: GroupMenuEntry;
  /** Among the fields that the screen's help names. */
  readonly inHelp?: true;
}
