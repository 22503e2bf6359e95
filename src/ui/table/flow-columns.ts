// The table's columns, from the schema of a flow's fields: head, width, minimum table width, cell text, and the filter that `=` and `!`
// build from it. Only cells that are more than a figure or a word have their own drawing code.
import type { FieldKind, ScreenColumn } from '../../core/flows/schema/contract.js';
import { type Field, fields, isTextKind } from '../../core/flows/schema/schema.js';
import { endpointText } from '../../core/format/endpoint.js';
import { formatAge } from '../../core/format/quantity.js';
import type { Endpoint } from '../../core/model/endpoint.js';
import type { FlowRow } from '../../core/model/flow.js';
import type { FlowGroup } from '../../core/model/group.js';
import { dim, plain, type Style } from '../terminal/style.js';
import { quantity, rateStyle, rateText, type Units } from '../widgets/quantity.js';
import { shortenMiddle } from '../widgets/shorten.js';
import { sparkline } from '../widgets/sparkline.js';
import type { Theme } from '../widgets/theme.js';

export interface CellContext {
  readonly theme: Theme;
  readonly units: Units;
  readonly nowUs: number;
  /** Of the current cell. */
  width: number;
  readonly inBitsPerSecond: number;
  readonly outBitsPerSecond: number;
  readonly trend: readonly number[];
  /** A port that a client made up is left out where room is short. */
  readonly dropEphemeral: boolean;
}

export interface Cell {
  readonly text: string;
  readonly style: Style;
}

export interface FlowColumn {
  readonly id: string;
  readonly title: string;
  /** Field of the schema that it sorts by; null: it does not. */
  readonly sortField: string | null;
  readonly right: boolean;
  /** 0: gets the remaining width. */
  readonly width: number;
  /** Terminal columns from which on it is shown, unless chosen by hand. */
  readonly from: number;
  /** And up to which (a wider column replaces it). */
  readonly until: number;
  readonly description: string;
  readonly cell: (row: FlowRow, context: CellContext) => Cell;
  /** The figure of a group of flows; null: nothing stands there. */
  readonly groupText: ((group: FlowGroup, nowUs: number, units: Units) => string) | null;
  /** A filter term that selects flows with this row's value; null where it would make no sense. */
  readonly term: (row: FlowRow) => string | null;
}

const always = Number.POSITIVE_INFINITY;
const firstEphemeralPort = 32768;
const figureWidth = 5;

/** The port identifies the service: the address is shortened first, in its middle. */
const endpointCell = (endpoint: Endpoint, context: CellContext): string => {
  const full = endpointText(endpoint);
  if (full.length <= context.width || endpoint.port === null)
    return shortenMiddle(full, context.width);
  if (context.dropEphemeral && endpoint.port >= firstEphemeralPort)
    return shortenMiddle(endpoint.address, context.width);
  const port = endpoint.address.includes(':') ? `]:${endpoint.port}` : `:${endpoint.port}`;
  const head = endpoint.address.includes(':') ? `[${endpoint.address}` : endpoint.address;
  return shortenMiddle(head, context.width - port.length) + port;
};

const arrows = { out: '→', in: '←', both: '↔' } as const;

export const stateWords: Readonly<Record<string, string>> = {
  syn_sent: 'syn',
  syn_received: 'synack',
  established: 'open',
  closing: 'closing',
  closed: 'closed',
  reset: 'reset',
  unknown: '·',
};

const stateCell = (row: FlowRow, theme: Theme): Cell => {
  if (row.tcp === null) return { text: '·', style: dim };
  const state = row.tcp.state;
  const style =
    state === 'reset' ? theme.warning : state === 'established' ? plain : theme.secondary;
  return { text: stateWords[state] ?? state, style };
};

const tunnelText = (row: FlowRow): string =>
  row.tunnel === null ? '·' : `${row.tunnel.type} ${row.tunnel.id}`;

/** After ten seconds an age advances in steps of five: one that changes every second in every row costs as many bytes as the rates. */
const calmAge = (seconds: number): number =>
  seconds < 10 || seconds >= 60 ? seconds : Math.floor(seconds / 5) * 5;

const dimmed = (text: string): Cell => ({ text, style: dim });
const nothing = '·';

/** Cells that are more than their field's value. */
const drawnCells: Readonly<Record<string, FlowColumn['cell']>> = {
  source: (row, context) => ({ text: endpointCell(row.source, context), style: plain }),
  destination: (row, context) => ({
    text: endpointCell(row.destination, { ...context, dropEphemeral: false }),
    style: plain,
  }),
  protocol: (row, { width }) => ({ text: shortenMiddle(row.protocol, width), style: plain }),
  in: (_row, { inBitsPerSecond, theme, units }) => ({
    text: rateText(inBitsPerSecond, units),
    style: rateStyle(inBitsPerSecond, theme.incoming),
  }),
  out: (_row, { outBitsPerSecond, theme, units }) => ({
    text: rateText(outBitsPerSecond, units),
    style: rateStyle(outBitsPerSecond, theme.outgoing),
  }),
  state: (row, { theme }) => stateCell(row, theme),
  vlan: (row, { width }) =>
    dimmed(row.vlan.length === 0 ? nothing : shortenMiddle(row.vlan.join(','), width)),
  tunnel: (row, { width }) => dimmed(shortenMiddle(tunnelText(row), width)),
  age: (row, { nowUs }) => dimmed(formatAge(calmAge((nowUs - row.firstSeenUs) / 1e6))),
};

/** Cells of a figure, of rows and of groups. */
const figureText = (kind: FieldKind, value: number, units: Units): string => {
  if (kind === 'bitsPerSecond') return rateText(value, units);
  if (kind === 'seconds') return formatAge(value);
  return kind === 'port' || kind === 'number' ? String(value) : quantity(value);
};

const valueCell =
  ({ kind, ofRow }: Field): FlowColumn['cell'] =>
  (row, { nowUs, units, width }) => {
    const value = ofRow(row, nowUs);
    if (value === null || value === '') return dimmed(nothing);
    return dimmed(
      typeof value === 'string' ? shortenMiddle(value, width) : figureText(kind, value, units),
    );
  };

/** Amounts are compared with what they have reached, names and numbers have to be equal; times go on. */
const termOf =
  ({ name, kind, ofRow }: Field): FlowColumn['term'] =>
  (row) => {
    const value = kind === 'seconds' ? null : ofRow(row, 0);
    if (value === null || value === '') return null;
    if (kind === 'label') return `${name} = "${value}"`;
    if (typeof value === 'string' || kind === 'port' || kind === 'number')
      return `${name} = ${value}`;
    if (kind === 'bitsPerSecond') return `${name} >= ${Math.floor(value)}b`;
    return `${name} >= ${Math.floor(value)}`;
  };

interface PlacedByHand extends FlowColumn {
  readonly place: number;
}

const fromSchema = (field: Field, screen: ScreenColumn): PlacedByHand => {
  const { name, title, description, kind, isSortable, ofGroup } = field;
  return {
    id: name,
    title: screen.title ?? title,
    description: screen.description ?? description,
    sortField: isSortable ? name : null,
    right: !isTextKind(kind),
    width: screen.width ?? figureWidth,
    from: screen.from ?? 0,
    until: screen.until ?? always,
    place: screen.place ?? always,
    cell: drawnCells[name] ?? valueCell(field),
    groupText:
      ofGroup === undefined
        ? null
        : (group, nowUs, units) => figureText(kind, ofGroup(group, nowUs), units),
    term: field.term ?? termOf(field),
  };
};

/** Columns that are drawings, not values. */
const drawings: readonly PlacedByHand[] = [
  {
    id: 'direction',
    title: ' ',
    description: 'seen from here: → out, ← in, ↔ both or neither',
    sortField: null,
    right: false,
    width: 1,
    from: 0,
    until: always,
    place: 30,
    cell: (row, { theme }) => ({
      text: arrows[row.forwardDirection],
      style:
        row.forwardDirection === 'in'
          ? theme.incoming
          : row.forwardDirection === 'out'
            ? theme.outgoing
            : theme.secondary,
    }),
    groupText: null,
    term: () => null,
  },
  {
    id: 'trend',
    title: 'TREND',
    description: 'rate over the last ticks, each row to its own scale',
    sortField: null,
    right: false,
    width: 8,
    from: 100,
    until: always,
    place: 80,
    cell: (_row, { trend, width }) => dimmed(sparkline(trend, width)),
    groupText: null,
    term: () => null,
  },
];

export const flowColumns: readonly FlowColumn[] = [
  ...drawings,
  ...fields.flatMap((field) => (field.screen ? [fromSchema(field, field.screen)] : [])),
].sort((a, b) => a.place - b.place || 0);

export const columnNames: readonly string[] = flowColumns.map((one) => one.id);
