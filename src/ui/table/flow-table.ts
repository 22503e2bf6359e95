// The table: one inverse head line, rows without separators, group rows that open; drawn straight into cells on every tick.
import { formatAge } from '../../core/format/quantity.js';
import type { FlowRow } from '../../core/model/flow.js';
import type { FlowGroup } from '../../core/model/group.js';
import type { TableLine } from '../state/flow-list.js';
import type { Screen } from '../state/screen.js';
import { textWidth } from '../terminal/char-width.js';
import { dim, type Style } from '../terminal/style.js';
import type { Canvas } from '../widgets/canvas.js';
import { grouped, rateStyle, rateText } from '../widgets/quantity.js';
import { shortenEnd, shortenMiddle } from '../widgets/shorten.js';
import type { CellContext } from './flow-columns.js';
import { layOut, type PlacedColumn, tableNeeds } from './table-layout.js';

export const placedColumns = (screen: Screen, width: number): PlacedColumn[] => {
  const { interfaces, view, looks, snapshot } = screen.store.get();
  const rows = snapshot?.flows ?? [];
  return layOut(tableNeeds(width, rows, interfaces.length, view.columns, looks.wide));
};

const drawHead = (canvas: Canvas, screen: Screen, columns: readonly PlacedColumn[]): void => {
  const { theme } = screen;
  const { sort, groupBy } = screen.store.get().view;
  canvas.fill(0, 0, canvas.width, theme.columnHead);
  columns.forEach(({ column, start, width }, index) => {
    const sorted = sortsBy(column.sortField, sort.field);
    const mark = sorted ? (sort.descending ? '▼' : '▲') : '';
    const style = sorted ? theme.sortHead : theme.columnHead;
    const title =
      index === 0 && groupBy.length > 0 ? groupBy.join(' ').toUpperCase() : column.title;
    // The mark may use the gap before a right-aligned column.
    if (column.right) {
      const text = `${title}${mark}`;
      canvas.textRight(0, start - 1, start + width, text, style);
    } else canvas.text(0, start, `${title}${mark}`, style, start + width + 1);
  });
};

/** "rate" is both directions and has no column of its own: its mark stands over both. */
const sortsBy = (columnField: string | null, field: string): boolean =>
  columnField === field || (field === 'rate' && (columnField === 'in' || columnField === 'out'));

const fadedStates = new Set(['closed', 'reset']);

/** A flow that has ended, or whose interface is down, is dim. */
const isFaded = (row: FlowRow, screen: Screen): boolean => {
  const { ended } = screen.store.get();
  return !ended && row.tcp !== null && fadedStates.has(row.tcp.state);
};

/** Shared by all cells of a row: only the width changes from cell to cell. */
const cellContext = (row: FlowRow, screen: Screen): CellContext => {
  const { inBitsPerSecond, outBitsPerSecond } = screen.traffic.ratesOf(row);
  return {
    theme: screen.theme,
    units: screen.store.get().looks.units,
    nowUs: screen.nowUs,
    width: 0,
    inBitsPerSecond,
    outBitsPerSecond,
    trend: screen.traffic.rows.of(row.id),
    dropEphemeral: true,
  };
};

const drawFlow = (
  canvas: Canvas,
  at: number,
  row: FlowRow,
  columns: readonly PlacedColumn[],
  screen: Screen,
  line: { readonly pinned: boolean; readonly member: boolean },
): void => {
  const context = cellContext(row, screen);
  for (let index = 0; index < columns.length; index++) {
    const { column, start, width } = columns[index]!;
    const indent = line.member && index === 0 ? 2 : 0;
    context.width = width - indent;
    const cell = column.cell(row, context);
    const style = line.pinned && index === 0 ? screen.theme.pinned : cell.style;
    if (column.right) canvas.textRight(at, start, start + width, cell.text, style);
    else canvas.text(at, start + indent, cell.text, style, start + width);
  }
  if (isFaded(row, screen)) canvas.restyle(at, 0, canvas.width, () => dim);
};

const groupText = (group: FlowGroup): string =>
  `${grouped(group.flows)} flow${group.flows === 1 ? '' : 's'}`;

const drawGroup = (
  canvas: Canvas,
  at: number,
  group: FlowGroup,
  open: boolean,
  columns: readonly PlacedColumn[],
  screen: Screen,
): void => {
  const { units } = screen.store.get().looks;
  const { inBitsPerSecond, outBitsPerSecond } = screen.traffic.ratesOfGroup(group);
  const { theme } = screen;
  /** Calm rates in place of the last tick's. */
  const drawn: Readonly<Record<string, readonly [string, Style]>> = {
    in: [rateText(inBitsPerSecond, units), rateStyle(inBitsPerSecond, theme.incoming)],
    out: [rateText(outBitsPerSecond, units), rateStyle(outBitsPerSecond, theme.outgoing)],
  };
  // The label has all cells up to the first figure.
  const firstFigure = columns.find(({ column }) => column.groupText !== null);
  const room = (firstFigure?.start ?? canvas.width) - 1;
  const count = groupText(group);
  canvas.text(at, 0, open ? '▾' : '▸', dim);
  const label = group.labels.join('  ');
  canvas.text(at, 2, shortenMiddle(label, room - 4 - textWidth(count)), screen.theme.strong, room);
  canvas.textRight(at, 2, room, count, dim);
  for (const { column, start, width } of columns) {
    if (column.groupText === null) continue;
    const [text, style] = drawn[column.id] ?? [column.groupText(group, screen.nowUs, units), dim];
    canvas.textRight(at, start, start + width, text, style);
  }
};

const select = (
  canvas: Canvas,
  at: number,
  columns: readonly PlacedColumn[],
  screen: Screen,
): void => {
  const { cellColumn, focus } = screen.store.get();
  const look = screen.theme.selected;
  canvas.restyle(at, 0, canvas.width, () => (focus === 'flows' ? look : look | dim));
  const cell = columns.find(({ column }) => column.id === cellColumn);
  if (cell !== undefined)
    canvas.restyle(at, cell.start, cell.start + cell.width, () => screen.theme.selectedCell);
};

const drawLine = (
  canvas: Canvas,
  at: number,
  line: TableLine,
  columns: readonly PlacedColumn[],
  screen: Screen,
): void => {
  if (line.kind === 'group') drawGroup(canvas, at, line.group, line.open, columns, screen);
  else drawFlow(canvas, at, line.row, columns, screen, line);
};

/** Words in the middle of an empty table: why it is empty and what to do. */
const drawEmpty = (canvas: Canvas, screen: Screen): void => {
  const { snapshot, view, interfaces } = screen.store.get();
  const name = view.interface ?? interfaces.map((one) => one.name).join(', ');
  let lines: readonly string[];
  if (snapshot === null) lines = ['Waiting for the first packets …'];
  else if (view.filter !== '' && snapshot.flowsTracked > 0)
    lines = [
      `No flow matches  ${view.filter}`,
      `${grouped(snapshot.flowsTracked)} flows are hidden by the filter`,
      '/  edit        Esc  clear',
    ];
  else {
    const packets = snapshot.interfaces.reduce(
      (sum, one) => sum + one.received.packets + one.sent.packets,
      0,
    );
    lines = [
      `No flows on ${name} yet`,
      `watching for ${formatAge(snapshot.elapsedSeconds)}, ${grouped(packets)} packets seen`,
      '?  help        q  quit',
    ];
  }
  const widest = Math.max(...lines.map(textWidth));
  const left = Math.max(0, Math.floor((canvas.width - widest) / 2));
  const top = Math.max(1, Math.floor((canvas.height - lines.length * 2) / 2));
  const step = canvas.height > lines.length * 2 ? 2 : 1;
  lines.forEach((line, index) => {
    const style = index === 0 ? screen.theme.strong : dim;
    canvas.text(top + index * step, left, shortenEnd(line, canvas.width - left), style);
  });
};

export const paintTable = (canvas: Canvas, screen: Screen): void => {
  const columns = placedColumns(screen, canvas.width);
  drawHead(canvas, screen, columns);
  const { flows } = screen;
  if (flows.total === 0) {
    drawEmpty(canvas, screen);
    return;
  }
  for (let at = 1; at < canvas.height; at++) {
    const index = flows.top + at - 1;
    const line = flows.lineAt(index);
    if (line === undefined) continue;
    drawLine(canvas, at, line, columns, screen);
    if (index === flows.cursor) select(canvas, at, columns, screen);
  }
};
