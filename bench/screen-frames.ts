// The screen's cost of a tick, without a terminal: bytes to send, time to apply, paint and compare.
import { CellBuffer } from '../src/ui/terminal/cell-buffer.js';
import { encodeDifference } from '../src/ui/terminal/frame-diff.js';
import { sampleAlerts } from '../test/support/sample-alerts.js';
import { ScreenStage } from '../test/support/screen-stage.js';
import { SimulatedMonitor } from '../test/support/simulated-monitor.js';

const flows = 2000;
const warmUpTicks = 20;
const ticks = 60;
/** Begin and end of a frame, mode 2026. */
const synchronizationBytes = 16;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

say(
  `${flows} flows, a third active, alerts, ${ticks} ticks of a second; node ${process.version}\nsize       bytes a tick  most  paint ms  compare ms`,
);
for (const [columns, rows] of [
  [80, 24],
  [120, 40],
  [200, 60],
] as const) {
  const stage = new ScreenStage(new SimulatedMonitor({ flows, alerts: sampleAlerts }), {
    columns,
    rows,
  });
  await stage.settle();
  await stage.tick(warmUpTicks);
  const shown = new CellBuffer(columns, rows);
  shown.copyFrom(stage.draw());
  const bytes: number[] = [];
  let paintMs = 0;
  let compareMs = 0;
  for (let tick = 0; tick < ticks; tick++) {
    await stage.tick();
    const began = performance.now();
    const frame = stage.draw();
    const painted = performance.now();
    const difference = encodeDifference(shown, frame, { color: true, unicode: true });
    compareMs += performance.now() - painted;
    paintMs += painted - began;
    bytes.push(Buffer.byteLength(difference) + synchronizationBytes);
    shown.copyFrom(frame);
  }
  const mean = bytes.reduce((sum, one) => sum + one, 0) / ticks;
  say(
    `${`${columns}x${rows}`.padEnd(10)} ${mean.toFixed(0).padStart(12)} ${String(Math.max(...bytes)).padStart(5)} ${(paintMs / ticks).toFixed(2).padStart(9)} ${(compareMs / ticks).toFixed(2).padStart(11)}`,
  );
  stage.close();
}
