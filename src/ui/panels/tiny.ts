// The screen below 20 columns or 5 rows: two numbers.
import type { Screen } from '../state/screen.js';
import type { Canvas } from '../widgets/canvas.js';
import { rateText } from '../widgets/quantity.js';

export const paintTiny = (canvas: Canvas, screen: Screen): void => {
  const { units } = screen.store.get().looks;
  const { incoming, outgoing } = screen.traffic;
  const at = canvas.text(
    0,
    0,
    `▼${rateText(incoming.bitsPerSecond, units)}`,
    screen.theme.incoming,
  );
  canvas.text(0, at + 1, `▲${rateText(outgoing.bitsPerSecond, units)}`, screen.theme.outgoing);
};
