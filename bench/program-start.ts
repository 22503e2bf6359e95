// The time from exec to the first frame and to the first tick's rows, by phase.
import { Laboratory, pause } from './watched-program.js';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 9);

const laboratory = new Laboratory();
const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
try {
  laboratory.send('office', 2000, ROUNDS * 6);
  const frames: number[] = [];
  const rows: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const program = laboratory.watch(...(process.env.BENCH_ARGS?.split(' ') ?? []));
    frames.push(await program.shows('SOURCE'));
    rows.push(await program.shows('10.77.0.2'));
    await program.end();
    await pause(100);
  }
  const line = (name: string, values: number[]): void => {
    const middle = median(values);
    process.stdout.write(
      `${name.padEnd(16)} least ${values[0]!.toFixed(0)}, median ${middle.toFixed(0)}, most ${values.at(-1)!.toFixed(0)} ms\n`,
    );
  };
  line('first frame', frames);
  line('first rows', rows);
} finally {
  laboratory.remove();
}
