// The table's columns: head, width, when they have room, what stands in a cell, and what `=` and `!` make of it.
import { formatAge } from '../../core/format/quantity.js';
import type { Endpoint } from '../../core/model/endpoint.js';
import type { FlowRow } from '../../core/model/flow.js';
import { dim, plain, type Style } from '../terminal/style.js';
import { quantity, rateStyle, rateText, type Units } from '../widgets/quantity.js';
import { shortenMiddle } from '../widgets/shorten.js';
import { sparkline } from '../widgets/sparkline.js';
import type { Theme } from '../widgets/theme.js';

export interface CellContext {
  readonly theme: Theme;
  readonly units: Units;
  readonly nowUs: number;
  /** Of the cell at hand. */
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
  /** Field of src/core/flows/fields.ts that it sorts by; null: it does not. */
  readonly sortField: string | null;
  readonly right: boolean;
  /** 0: takes what the others leave. */
  readonly width: number;
  /** Terminal columns from which on it is shown, unless chosen by hand. */
  readonly from: number;
  /** And up to which (a wider one takes its place). */
  readonly until: number;
  readonly description: string;
  readonly cell: (row: FlowRow, context: CellContext) => Cell;
  /** A filter term that selects flows with this row's value; null where it would make no sense. */
  readonly term: (row: FlowRow) => string | null;
}

const always = Number.POSITIVE_INFINITY;
const byChoice = Number.POSITIVE_INFINITY;
const firstEphemeralPort = 32768;

export const endpointText = (endpoint: Endpoint, withPort = true): string => {
  if (endpoint.port === null || !withPort) return endpoint.address;
  const address = endpoint.address.includes(':') ? `[${endpoint.address}]` : endpoint.address;
  return `${address}:${endpoint.port}`;
};

/** The port is what tells services apart: the address gives way first, in its middle. */
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

const column = (
  id: string,
  title: string,
  more: Partial<FlowColumn> & Pick<FlowColumn, 'cell' | 'description'>,
): FlowColumn => ({
  id,
  title,
  sortField: id,
  right: true,
  width: 5,
  from: 0,
  until: always,
  term: () => null,
  ...more,
});

/** After ten seconds an age steps by five: one that counts on every row costs as many bytes as the rates. */
const calmAge = (seconds: number): number =>
  seconds < 10 || seconds >= 60 ? seconds : Math.floor(seconds / 5) * 5;

const dimmed = (text: string): Cell => ({ text, style: dim });

/**
 * Names, process, pod, RTT and retransmits get their place here when the monitor delivers them (name after destination, RTT and
 * RTX after out, process last); nothing stands in for them until then.
 */
export const flowColumns: readonly FlowColumn[] = [
  column('interface', 'IFACE', {
    description: 'interface that saw it',
    right: false,
    width: 8,
    from: 60,
    cell: (row, { width }) => dimmed(shortenMiddle(row.interface, width)),
    term: (row) => `interface = "${row.interface}"`,
  }),
  column('source', 'SOURCE', {
    description: 'the side that began',
    right: false,
    width: 0,
    from: 60,
    cell: (row, context) => ({ text: endpointCell(row.source, context), style: plain }),
    term: (row) => `src host ${row.source.address}`,
  }),
  column('direction', ' ', {
    description: 'seen from here: → out, ← in, ↔ both or neither',
    sortField: null,
    right: false,
    width: 1,
    cell: (row, { theme }) => ({
      text: arrows[row.forwardDirection],
      style:
        row.forwardDirection === 'in'
          ? theme.incoming
          : row.forwardDirection === 'out'
            ? theme.outgoing
            : theme.secondary,
    }),
  }),
  column('destination', 'DESTINATION', {
    description: 'the other side: its port is the service',
    right: false,
    width: 0,
    cell: (row, context) => ({
      text: endpointCell(row.destination, { ...context, dropEphemeral: false }),
      style: plain,
    }),
    term: (row) =>
      row.destination.port === null
        ? `dst host ${row.destination.address}`
        : `dst host ${row.destination.address} and dst port ${row.destination.port}`,
  }),
  column('protocol', 'PROTO', {
    description: 'protocol of the innermost packet',
    right: false,
    width: 6,
    cell: (row, { width }) => ({ text: shortenMiddle(row.protocol, width), style: plain }),
    term: (row) => `proto = ${row.protocol}`,
  }),
  column('in', 'IN', {
    description: 'rate received by the interface',
    cell: (_row, { inBitsPerSecond, theme, units }) => ({
      text: rateText(inBitsPerSecond, units),
      style: rateStyle(inBitsPerSecond, theme.incoming),
    }),
    term: (row) => `in >= ${Math.floor(row.inBitsPerSecond)}b`,
  }),
  column('out', 'OUT', {
    description: 'rate sent by the interface',
    cell: (_row, { outBitsPerSecond, theme, units }) => ({
      text: rateText(outBitsPerSecond, units),
      style: rateStyle(outBitsPerSecond, theme.outgoing),
    }),
    term: (row) => `out >= ${Math.floor(row.outBitsPerSecond)}b`,
  }),
  column('trend', 'TREND', {
    description: 'rate over the last ticks, each row to its own scale',
    sortField: null,
    right: false,
    width: 8,
    from: 100,
    cell: (_row, { trend, width }) => dimmed(sparkline(trend, width)),
  }),
  column('pps', 'PKT/S', {
    description: 'packets per second, both directions',
    from: 140,
    cell: (row) => dimmed(quantity(row.packetsPerSecond)),
    term: (row) => `pps >= ${Math.floor(row.packetsPerSecond)}`,
  }),
  column('bytes', 'TOTAL', {
    description: 'bytes, both directions',
    from: 70,
    until: 159,
    cell: (row) => dimmed(quantity(row.forward.bytes + row.reverse.bytes)),
    term: (row) => `bytes >= ${row.forward.bytes + row.reverse.bytes}`,
  }),
  column('rx', 'ΣIN', {
    description: 'bytes received by the interface',
    from: 160,
    cell: (row) => dimmed(quantity(row.received.bytes)),
    term: (row) => `rx >= ${row.received.bytes}`,
  }),
  column('tx', 'ΣOUT', {
    description: 'bytes sent by the interface',
    from: 160,
    cell: (row) => dimmed(quantity(row.sent.bytes)),
    term: (row) => `tx >= ${row.sent.bytes}`,
  }),
  column('packets', 'PKTS', {
    description: 'packets, both directions',
    from: 100,
    cell: (row) => dimmed(quantity(row.forward.packets + row.reverse.packets)),
    term: (row) => `packets >= ${row.forward.packets + row.reverse.packets}`,
  }),
  column('state', 'STATE', {
    description: 'state of the TCP connection',
    right: false,
    width: 7,
    from: 80,
    cell: (row, { theme }) => stateCell(row, theme),
    term: (row) => (row.tcp === null ? null : `state = ${row.tcp.state}`),
  }),
  column('vlan', 'VLAN', {
    description: 'VLAN ids, outermost first',
    width: 9,
    from: 120,
    cell: (row, { width }) =>
      dimmed(row.vlan.length === 0 ? '·' : shortenMiddle(row.vlan.join(','), width)),
    term: (row) => (row.vlan[0] === undefined ? null : `vlan = ${row.vlan[0]}`),
  }),
  column('tunnel', 'TUNNEL', {
    description: 'innermost tunnel and its id',
    right: false,
    width: 15,
    from: 120,
    cell: (row, { width }) => dimmed(shortenMiddle(tunnelText(row), width)),
    term: (row) =>
      row.tunnel === null ? null : `tunnel = ${row.tunnel.type} and tunnelid = ${row.tunnel.id}`,
  }),
  column('idle', 'IDLE', {
    description: 'time since the last packet',
    // It counts up on every quiet row: by choice only.
    from: byChoice,
    cell: (row, { nowUs }) => dimmed(formatAge((nowUs - row.lastSeenUs) / 1e6)),
    term: () => null,
  }),
  column('age', 'AGE', {
    description: 'time since the first packet',
    from: 80,
    cell: (row, { nowUs }) => dimmed(formatAge(calmAge((nowUs - row.firstSeenUs) / 1e6))),
    term: () => null,
  }),
];

export const findColumn = (id: string): FlowColumn | undefined =>
  flowColumns.find((one) => one.id === id);

export const columnNames: readonly string[] = flowColumns.map((one) => one.id);
