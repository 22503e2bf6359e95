// What does an ordinary run cost: share of a core and wake-ups of each thread, screen on, 2,000 flows, a third active, 1 Hz?
import { Laboratory, pause } from './watched-program.js';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 30);
const FLOWS = 2000;
/** The compiler works most in the first minute: what a run costs that stays open is seen after 120 s. */
const WARM_UP_MS = Number(process.env.BENCH_WARM_UP_SECONDS ?? 8) * 1000;

const laboratory = new Laboratory();
try {
  for (const shape of ['office', 'none'] as const) {
    const program = laboratory.watch(...(process.env.BENCH_ARGS?.split(' ') ?? []));
    await program.shows('SOURCE');
    if (shape !== 'none') laboratory.send(shape, FLOWS, SECONDS + WARM_UP_MS / 1000 + 2);
    await pause(WARM_UP_MS);
    const before = program.threads();
    const bytes = program.bytes;
    await pause(SECONDS * 1000);
    const after = program.threads();
    let total = 0;
    let sleeps = 0;
    const rows: string[] = [];
    for (const [id, thread] of after) {
      const share = (thread.seconds - (before.get(id)?.seconds ?? 0)) / SECONDS;
      const wakeUps = (thread.sleeps - (before.get(id)?.sleeps ?? 0)) / SECONDS;
      total += share;
      sleeps += wakeUps;
      rows.push(
        `  ${thread.name.padEnd(18)} ${(share * 100).toFixed(2).padStart(6)} %  ${wakeUps.toFixed(1).padStart(6)} wake-ups/s`,
      );
    }
    const traffic = shape === 'none' ? 'no traffic' : `${FLOWS} flows, a third active`;
    process.stdout.write(
      `${traffic}: ${(total * 100).toFixed(2)} % of a core, ${sleeps.toFixed(0)} wake-ups/s, ` +
        `${((program.bytes - bytes) / SECONDS).toFixed(0)} bytes/s, ${program.residentMegabytes.toFixed(0)} MB\n${rows.join('\n')}\n`,
    );
    await program.end();
  }
} finally {
  laboratory.remove();
}
