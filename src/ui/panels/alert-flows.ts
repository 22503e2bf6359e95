// The flows of an alert, in its detail: enough of each to identify it, and a cursor to open one.
import { endpointText } from '../../core/format/endpoint.js';
import { formatAge, formatBytes } from '../../core/format/quantity.js';
import type { FlowRow } from '../../core/model/flow.js';
import type { Screen } from '../state/screen.js';
import { alertFlowsMax } from '../state/screen-state.js';
import { stateWords } from '../table/flow-columns.js';
import { dim, plain } from '../terminal/style.js';
import type { Canvas } from '../widgets/canvas.js';
import { shortenMiddle } from '../widgets/shorten.js';

export interface AlertFlows {
  /** null: the alert names no host, or the answer is pending. */
  readonly rows: readonly FlowRow[] | null;
  /** null: the pane has no focus, no row a cursor. */
  readonly index: number | null;
}

/** " → ", protocol, state, bytes, age. */
const figuresWidth = 3 + 1 + 6 + 1 + 7 + 1 + 7 + 1 + 5;

const drawRow = (canvas: Canvas, at: number, row: FlowRow, screen: Screen): void => {
  const end = Math.max(10, Math.floor((canvas.width - figuresWidth) / 2));
  canvas.text(at, 0, shortenMiddle(endpointText(row.source), end), plain);
  canvas.text(at, end, ' → ', dim);
  let column = end + 3;
  canvas.text(at, column, shortenMiddle(endpointText(row.destination), end), plain);
  column += end + 1;
  canvas.text(at, column, shortenMiddle(row.protocol, 6), dim);
  column += 7;
  const state = row.tcp === null ? '' : (stateWords[row.tcp.state] ?? row.tcp.state);
  canvas.text(at, column, state, dim);
  column += 8;
  const bytes = formatBytes(row.forward.bytes + row.reverse.bytes);
  canvas.textRight(at, column, column + 7, bytes, dim);
  const age = formatAge((screen.nowUs - row.lastSeenUs) / 1e6);
  canvas.textRight(at, column + 8, Math.min(canvas.width, column + 13), age, dim);
};

export const drawAlertFlows = (canvas: Canvas, flows: AlertFlows, screen: Screen): void => {
  const { rows, index } = flows;
  const count = rows === null ? '' : rows.length < alertFlowsMax ? rows.length : `${rows.length}+`;
  const at = canvas.text(0, 0, `flows ${count}`, index === null ? dim : screen.theme.strong);
  canvas.text(0, at + 2, 'most bytes first; age of the last packet', dim);
  if (rows === null || rows.length === 0) {
    const why =
      rows === null ? 'No endpoints named: no flows to show.' : 'No longer in the flow table.';
    canvas.text(1, 0, why, dim);
    return;
  }
  const room = canvas.height - 1;
  const cursor = Math.min(index ?? 0, rows.length - 1);
  const top = Math.max(0, Math.min(cursor - Math.floor(room / 2), rows.length - room));
  for (let line = 0; line < room && top + line < rows.length; line++) {
    drawRow(canvas, line + 1, rows[top + line]!, screen);
    if (index !== null && top + line === cursor)
      canvas.restyle(line + 1, 0, canvas.width, () => screen.theme.selected);
  }
};
