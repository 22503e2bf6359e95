// Protocols with their rates, by bytes since the start.
import type { ProtocolTotals } from '../../core/model/snapshot.js';
import type { Screen } from '../state/screen.js';
import { dim } from '../terminal/style.js';
import type { Canvas } from '../widgets/canvas.js';
import { rateStyle, rateText } from '../widgets/quantity.js';
import { shortenEnd } from '../widgets/shorten.js';
import { sparkline } from '../widgets/sparkline.js';

const nameWidth = 6;
const cellMin = 16;
const cellMax = 26;

/** By bytes since the start: that order hardly ever changes, so entries stay where they are. */
const byBytes = (left: ProtocolTotals, right: ProtocolTotals): number =>
  right.received.bytes + right.sent.bytes - left.received.bytes - left.sent.bytes ||
  (left.protocol < right.protocol ? -1 : 1);

export const paintProtocols = (canvas: Canvas, screen: Screen): void => {
  const { snapshot, looks } = screen.store.get();
  const protocols = [...(snapshot?.protocols ?? [])].sort(byBytes);
  const across = Math.max(1, Math.floor(canvas.width / cellMin));
  const shown = Math.min(protocols.length, across * canvas.height);
  const used = Math.max(1, Math.min(across, Math.ceil(Math.max(shown, 4) / canvas.height)));
  const width = Math.min(cellMax, Math.floor(canvas.width / used));
  for (let index = 0; index < shown; index++) {
    const { protocol, bitsPerSecond } = protocols[index]!;
    const row = index % canvas.height;
    const start = Math.floor(index / canvas.height) * width;
    const end = start + width - 1;
    const title = shortenEnd(protocol, nameWidth).padEnd(nameWidth);
    let at = canvas.text(row, start, title, bitsPerSecond > 0 ? 0 : dim, end);
    const rate = rateText(bitsPerSecond, looks.units).padStart(6);
    at = canvas.text(row, at, rate, rateStyle(bitsPerSecond, 0), end);
    const history = screen.traffic.history.of(`protocol ${protocol}`);
    canvas.text(row, at + 1, sparkline(history, Math.max(0, end - at - 1)), dim, end);
  }
};
