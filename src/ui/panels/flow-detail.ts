// Everything about one flow: both directions over time, counters, flags, tunnel, its alerts.
import { endpointText } from '../../core/format/endpoint.js';
import { formatAge, formatBytes } from '../../core/format/quantity.js';
import type { FlowRow } from '../../core/model/flow.js';
import type { FlowDetail } from '../../core/model/monitor-port.js';
import type { Screen } from '../state/screen.js';
import { dim, plain, type Style } from '../terminal/style.js';
import type { Canvas } from '../widgets/canvas.js';
import { type GraphKind, graphRows, graphValues } from '../widgets/graph.js';
import { grouped, rateNumber, rateText, rateUnit } from '../widgets/quantity.js';
import { shortenEnd } from '../widgets/shorten.js';
import { sparkline } from '../widgets/sparkline.js';
import { drawAlertLine } from './alert-strip.js';

const flagNames = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'];

export const flagText = (flags: number): string => {
  const names = flagNames.filter((_, bit) => flags & (1 << bit));
  return names.length === 0 ? 'none' : names.join(' ');
};

const labelWidth = 9;
/** Higher graphs say nothing more. */
const graphRowsMax = 12;

/** One labelled line; returns the next row. */
const line = (
  canvas: Canvas,
  row: number,
  label: string,
  text: string,
  style: Style = plain,
): number => {
  canvas.text(row, 0, label, dim);
  canvas.text(row, labelWidth, shortenEnd(text, canvas.width - labelWidth), style);
  return row + 1;
};

interface Direction {
  readonly mark: string;
  readonly style: Style;
  readonly counter: FlowRow['forward'];
  readonly history: readonly number[];
}

/** From source to destination, and back; in and out are the interface's, as in the table. */
const directionsOf = (detail: FlowDetail, screen: Screen): readonly [Direction, Direction] => {
  const { row, forwardHistory, reverseHistory } = detail;
  const { incoming, outgoing, text } = screen.theme;
  const [there, back, thereStyle, backStyle] = {
    in: ['→ in', '← out', incoming, outgoing] as const,
    out: ['→ out', '← in', outgoing, incoming] as const,
    both: ['→ there', '← back', text, text] as const,
  }[row.forwardDirection];
  return [
    { mark: there, style: thereStyle, counter: row.forward, history: forwardHistory },
    { mark: back, style: backStyle, counter: row.reverse, history: reverseHistory },
  ];
};

const mean = (bytes: number, packets: number): string =>
  packets === 0 ? '-' : `${Math.round(bytes / packets)} B`;

const directionLine = (
  canvas: Canvas,
  row: number,
  { mark, style, counter, history }: Direction,
  screen: Screen,
): number => {
  const { units } = screen.store.get().looks;
  const rate = `${rateNumber(history.at(-1) ?? 0, units).padStart(5)}${rateUnit(units)} `;
  const figures = ` ${formatBytes(counter.bytes).padStart(6)}  ${grouped(counter.packets)} packets  mean ${mean(counter.bytes, counter.packets)}`;
  canvas.text(row, 0, mark, style);
  let at = canvas.text(row, labelWidth, rate, screen.theme.strong);
  const graphWidth = Math.max(0, Math.min(40, canvas.width - at - figures.length));
  at = canvas.text(row, at, sparkline(history, graphWidth), style);
  canvas.text(row, at, figures, dim);
  return row + 1;
};

const stateText = (row: FlowRow, screen: Screen): string => {
  const state = row.tcp === null ? '' : `${row.tcp.state.replace('_', ' ').toUpperCase()}  `;
  return `${state}since ${screen.timeOfDay(row.firstSeenUs)} (${formatAge((screen.nowUs - row.firstSeenUs) / 1e6)})   last packet ${formatAge((screen.nowUs - row.lastSeenUs) / 1e6)} ago`;
};

const drawKernelEvents = (canvas: Canvas, start: number, flow: FlowRow, screen: Screen): number => {
  let at = line(canvas, start, 'state', stateText(flow, screen));
  if (flow.tcp !== null) {
    const { syn, synAck, fin, rst, forwardFlags, reverseFlags } = flow.tcp;
    at = line(
      canvas,
      at,
      'flags',
      `→ ${flagText(forwardFlags)}   ← ${flagText(reverseFlags)}   (syn ${syn}, syn-ack ${synAck}, fin ${fin}, rst ${rst})`,
      rst > 0 ? screen.theme.warning : plain,
    );
  }
  if (flow.icmp !== null)
    at = line(canvas, at, 'icmp', `type ${flow.icmp.type}  code ${flow.icmp.code}`);
  if (flow.vlan.length > 0) at = line(canvas, at, 'vlan', flow.vlan.join(', '));
  if (flow.tunnel !== null) {
    const { type, id, source, destination } = flow.tunnel;
    at = line(canvas, at, 'tunnel', `${type} ${id}   ${source} → ${destination}`);
  }
  if (flow.fragments > 0)
    at = line(canvas, at, 'fragments', grouped(flow.fragments), screen.theme.warning);
  return at;
};

/** Peak on top, how far it reaches back below, bars or dots beside. */
const drawGraph = (
  canvas: Canvas,
  top: number,
  directions: readonly Direction[],
  height: number,
  screen: Screen,
): void => {
  const { looks, intervalSeconds } = screen.store.get();
  const each = Math.min(graphRowsMax, Math.floor((height - 1) / 2));
  if (each < 2) return;
  const kind: GraphKind = screen.unicode ? looks.graph : 'blocks';
  const width = canvas.width - labelWidth;
  directions.forEach(({ mark, style, history }, index) => {
    const first = top + index * (each + 1);
    const shown = history.slice(-Math.max(1, graphValues(kind, width)));
    canvas.text(first, 0, mark, style);
    canvas.text(first + 1, 0, rateText(Math.max(0, ...shown), looks.units), dim);
    if (each > 2) canvas.text(first + each - 1, 0, formatAge(shown.length * intervalSeconds), dim);
    graphRows(kind, history, width, each).forEach((text, row) => {
      canvas.text(first + row, labelWidth, text, style);
    });
  });
};

const drawAlerts = (canvas: Canvas, start: number, detail: FlowDetail, screen: Screen): number => {
  if (detail.alerts.length === 0) return line(canvas, start, 'alerts', 'none for this flow', dim);
  let at = start;
  for (const alert of detail.alerts.slice(0, 3)) {
    drawAlertLine(canvas, at, alert, screen, alert.state === 'ended');
    at++;
  }
  return at;
};

export const drawFlowDetail = (canvas: Canvas, detail: FlowDetail, screen: Screen): void => {
  const { row: flow } = detail;
  const { theme } = screen;
  canvas.text(
    0,
    0,
    shortenEnd(
      `${endpointText(flow.source)}  →  ${endpointText(flow.destination)}   ${flow.protocol}  on ${flow.interface}`,
      canvas.width,
    ),
    theme.strong,
  );
  let at = drawKernelEvents(canvas, 1, flow, screen);
  const directions = directionsOf(detail, screen);
  for (const direction of directions) at = directionLine(canvas, at, direction, screen);
  at = drawAlerts(canvas, at, detail, screen);
  drawGraph(canvas, at + 1, directions, canvas.height - at - 1, screen);
};
