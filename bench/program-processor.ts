// CPU use of an ordinary run: share of a core and wake-ups of each thread, screen on, 2,000 flows, a third active, 1 Hz.
import { Laboratory, pause, type WatchedProgram } from './watched-program.js';

const FLOWS = 2000;
/** Seconds after the start. The compiler works most in the first half minute; the steady state comes later. */
const WINDOWS = [
  [8, 38],
  [100, 140],
] as const;
const TRAFFIC_SECONDS = WINDOWS.at(-1)![1] + 2;

/** The total, and a row for each thread. */
async function measure(program: WatchedProgram, seconds: number): Promise<string> {
  const before = program.threads();
  const { bytes } = program;
  await pause(seconds * 1000);
  let share = 0;
  let sleeps = 0;
  const rows: string[] = [];
  for (const [id, thread] of program.threads()) {
    const of = (thread.seconds - (before.get(id)?.seconds ?? 0)) / seconds;
    const wakeUps = (thread.sleeps - (before.get(id)?.sleeps ?? 0)) / seconds;
    share += of;
    sleeps += wakeUps;
    rows.push(
      `  ${thread.name.padEnd(18)} ${(of * 100).toFixed(2).padStart(6)} %  ${wakeUps.toFixed(1).padStart(6)} wake-ups/s`,
    );
  }
  const written = ((program.bytes - bytes) / seconds).toFixed(0);
  const total = `${(share * 100).toFixed(2)} % of a core, ${sleeps.toFixed(0)} wake-ups/s, ${written} bytes/s`;
  return `${total}, ${program.residentMegabytes.toFixed(0)} MB\n${rows.join('\n')}`;
}

const runs = [
  { shape: 'office', size: { cols: 120, rows: 40 } },
  { shape: 'office', size: { cols: 200, rows: 60 } },
  { shape: 'none', size: { cols: 120, rows: 40 } },
] as const;

const laboratory = new Laboratory();
try {
  for (const { shape, size } of runs) {
    const program = laboratory.watchAt(size, ...(process.env.BENCH_ARGS?.split(' ') ?? []));
    await program.shows('SOURCE');
    const sender = shape === 'none' ? null : laboratory.send(shape, FLOWS, TRAFFIC_SECONDS);
    const flows = shape === 'none' ? 'no traffic' : `${FLOWS} flows, a third active`;
    const traffic = `${flows}, ${size.cols}x${size.rows}`;
    let passed = 0;
    for (const [from, to] of WINDOWS) {
      await pause((from - passed) * 1000);
      const words = await measure(program, to - from);
      process.stdout.write(`${traffic}, ${from} to ${to} s after the start: ${words}\n`);
      passed = to;
    }
    // Otherwise its last seconds overlap the next run's first.
    sender?.kill();
    await program.end();
  }
} finally {
  laboratory.remove();
}
