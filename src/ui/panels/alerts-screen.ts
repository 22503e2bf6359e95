// All alerts, full screen: newest first, with their state (open, seen, muted, ended); the program's warnings below.
import { alertMark, listedAlerts } from '../state/alert-order.js';
import type { Screen } from '../state/screen.js';
import { dim } from '../terminal/style.js';
import type { Canvas } from '../widgets/canvas.js';
import { shortenEnd } from '../widgets/shorten.js';
import { drawAlertLine } from './alert-strip.js';

const markWidth = 6;
const marks = { open: '', seen: 'seen', muted: 'muted', ended: 'ended' } as const;
const warningsShown = 4;

export const paintAlertsScreen = (canvas: Canvas, screen: Screen): void => {
  const state = screen.store.get();
  const alerts = listedAlerts(state);
  const warnings = state.warnings.slice(-warningsShown);
  const warningRows = warnings.length === 0 ? 0 : warnings.length + 1;
  canvas.fill(0, 0, canvas.width, screen.theme.columnHead);
  canvas.text(0, 0, 'STATE ', screen.theme.sortHead);
  canvas.text(0, markWidth, 'TIME     SEV  WHAT', screen.theme.columnHead);
  const hint = 'A acknowledge  m mute  Enter detail  a back';
  canvas.textRight(0, 26, canvas.width, hint, screen.theme.columnHead);
  const room = Math.max(1, canvas.height - 1 - warningRows);
  const cursor = Math.min(state.alertIndex, alerts.length - 1);
  const top = Math.max(0, Math.min(cursor - Math.floor(room / 2), alerts.length - room));
  if (alerts.length === 0)
    canvas.text(
      Math.floor(room / 2),
      Math.max(0, Math.floor(canvas.width / 2) - 10),
      'No alerts so far.',
      dim,
    );
  for (let index = 0; index < room && top + index < alerts.length; index++) {
    const alert = alerts[top + index]!;
    const mark = alertMark(state, alert);
    const row = index + 1;
    canvas.text(row, 0, marks[mark], dim);
    drawAlertLine(
      canvas.part(markWidth, row, canvas.width - markWidth, 1),
      0,
      alert,
      screen,
      mark !== 'open',
    );
    if (top + index === cursor) canvas.restyle(row, 0, canvas.width, () => screen.theme.selected);
  }
  if (warningRows === 0) return;
  const first = canvas.height - warningRows;
  canvas.fill(first, 0, canvas.width, dim, '─');
  canvas.text(first, 2, ' program warnings ', dim);
  warnings.forEach((warning, index) => {
    const at = canvas.text(first + 1 + index, 0, screen.timeOfDay(warning.wallUs), dim) + 1;
    canvas.text(
      first + 1 + index,
      at,
      shortenEnd(warning.message, canvas.width - at),
      screen.theme.warning,
    );
  });
};
