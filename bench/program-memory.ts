// Resident memory of the whole program with screen and detection: idle, with 64 k flows, and in a flood of 65,536 new flows a second.
import { Laboratory, pause } from './watched-program.js';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 60);
const FLOWS = 65_536;

const laboratory = new Laboratory();
try {
  for (const shape of ['none', 'known', 'flood'] as const) {
    const program = laboratory.watch(...(process.env.BENCH_ARGS?.split(' ') ?? []));
    await program.shows('SOURCE');
    await pause(1500);
    const seconds = shape === 'none' ? 10 : shape === 'known' ? SECONDS / 3 : SECONDS;
    if (shape !== 'none') laboratory.send(shape, FLOWS, seconds);
    const resident: number[] = [];
    for (let second = 0; second < seconds; second += 1) {
      await pause(1000);
      resident.push(program.residentMegabytes);
    }
    const every = Math.max(1, Math.floor(seconds / 12));
    const series = resident.filter((_, i) => i % every === every - 1).map((one) => one.toFixed(0));
    process.stdout.write(
      `${shape.padEnd(6)} largest ${Math.max(...resident).toFixed(0)} MB, peak ${program.peakMegabytes.toFixed(0)} MB; ` +
        `every ${every} s: ${series.join(' ')}\n`,
    );
    await program.end();
  }
} finally {
  laboratory.remove();
}
