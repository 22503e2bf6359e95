// The pane beside or under the table: one flow, or one alert.
import type { Screen } from '../state/screen.js';
import { dim } from '../terminal/style.js';
import { drawBox } from '../widgets/box.js';
import type { Canvas } from '../widgets/canvas.js';
import { drawAlertDetail } from './alert-detail.js';
import { drawFlowDetail } from './flow-detail.js';

export const paintDetail = (canvas: Canvas, screen: Screen): void => {
  const { detail, alerts, focus } = screen.store.get();
  if (detail === null) return;
  const titleStyle = focus === 'detail' ? screen.theme.strong : screen.theme.title;
  if (detail.kind === 'alert') {
    const alert = alerts.find((candidate) => candidate.id === detail.id);
    const hint =
      focus === 'detail'
        ? 'Enter this flow  y all as a filter  Esc back'
        : 'Enter its flows  y as a filter  A acknowledge  m mute  Esc back';
    const inside = drawBox(canvas, 'alert', titleStyle, hint);
    const index = focus === 'detail' ? detail.index : null;
    if (alert === undefined) inside.text(0, 0, 'This alert has ended and is no longer kept.', dim);
    else drawAlertDetail(inside, alert, { rows: detail.flows, index }, screen);
    return;
  }
  const title = detail.gone ? 'flow (gone from the table)' : 'flow';
  const inside = drawBox(canvas, title, titleStyle, 'y as a filter  Esc back');
  if (detail.data !== null) drawFlowDetail(inside, detail.data, screen);
  else if (detail.gone) inside.text(0, 0, 'This flow has left the table.', dim);
};
