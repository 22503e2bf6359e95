// Which columns a table of some width has, and where each begins.
import type { FlowRow } from '../../core/model/flow.js';
import { type FlowColumn, flowColumns } from './flow-columns.js';

export interface PlacedColumn {
  readonly column: FlowColumn;
  readonly start: number;
  readonly width: number;
}

export interface TableNeeds {
  readonly width: number;
  /** By hand, in order; null: by width. */
  readonly chosen: readonly string[] | null;
  readonly manyInterfaces: boolean;
  readonly anyVlan: boolean;
  readonly anyTunnel: boolean;
  readonly wide: boolean;
}

/** "[2001:db8:…]:65535" at its longest; more width is never needed. */
const endpointMax = 47;
/** Every IPv4 endpoint, and most of IPv6: only then does the trend get room, and addresses the rest. */
const endpointComfort = 31;
const endpointMin = 12;
const trendMax = 16;
/** What the longer addresses of `w` may push out, first to last. */
const givesWay = ['idle', 'tx', 'rx', 'pps', 'packets', 'trend', 'bytes', 'state', 'age'];

export const tableNeeds = (
  width: number,
  rows: readonly FlowRow[],
  interfaces: number,
  chosen: readonly string[] | null,
  wide: boolean,
): TableNeeds => ({
  width,
  chosen,
  manyInterfaces: interfaces > 1,
  anyVlan: rows.some((row) => row.vlan.length > 0),
  anyTunnel: rows.some((row) => row.tunnel !== null),
  wide,
});

const hasData = (column: FlowColumn, needs: TableNeeds): boolean => {
  if (column.id === 'interface') return needs.manyInterfaces;
  if (column.id === 'vlan') return needs.anyVlan;
  return column.id !== 'tunnel' || needs.anyTunnel;
};

export const visibleColumns = (needs: TableNeeds): FlowColumn[] => {
  if (needs.chosen !== null) {
    const chosen = needs.chosen;
    return flowColumns.filter((column) => chosen.includes(column.id));
  }
  return flowColumns.filter(
    (column) => column.from <= needs.width && needs.width <= column.until && hasData(column, needs),
  );
};

const isEndpoint = (column: FlowColumn): boolean => column.width === 0;

/** On wide screens figures stand further apart: the eye finds its column. */
const gapOf = (width: number): number => (width >= 160 ? 2 : 1);

const fixedWidth = (columns: readonly FlowColumn[], gap: number): number =>
  columns.reduce((sum, column) => sum + column.width, 0) + gap * Math.max(0, columns.length - 1);

/** Columns from the back make room until the addresses have what they need. */
const makeRoom = (columns: FlowColumn[], width: number, endpointWish: number): FlowColumn[] => {
  let kept = columns;
  for (const id of givesWay) {
    const endpoints = kept.filter(isEndpoint).length;
    if (width - fixedWidth(kept, gapOf(width)) >= endpoints * endpointWish) break;
    kept = kept.filter((column) => column.id !== id);
  }
  return kept;
};

export const layOut = (needs: TableNeeds): PlacedColumn[] => {
  const wish = needs.wide ? endpointMax : endpointMin;
  const gap = gapOf(needs.width);
  const columns = makeRoom(visibleColumns(needs), needs.width, wish);
  const endpoints = columns.filter(isEndpoint).length;
  let spare = Math.max(0, needs.width - fixedWidth(columns, gap));
  const share = (most: number): number =>
    endpoints === 0 ? 0 : Math.min(most, Math.floor(spare / endpoints));
  let each = share(needs.wide ? endpointMax : endpointComfort);
  spare -= each * endpoints;
  const trend = columns.find((column) => column.id === 'trend');
  const longerTrend = trend === undefined ? 0 : Math.min(spare, trendMax - trend.width);
  spare -= longerTrend;
  const more = share(endpointMax - each);
  each += more;
  spare -= more * endpoints;
  let start = 0;
  return columns.map((column) => {
    let width = column.width;
    // An odd cell, and what is beyond all wishes, goes to the destination: it is read most.
    if (isEndpoint(column)) width = each + (column.id === 'destination' ? spare : 0);
    else if (column === trend) width += longerTrend;
    const placed = { column, start, width };
    start += width + gap;
    return placed;
  });
};
