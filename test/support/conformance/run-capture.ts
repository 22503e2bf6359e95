// Runs the built program over a capture file and hands back what it said last.
import { type Line, startProgram } from '../program.js';
import type { Summary } from './compare.js';

export interface CaptureRun {
  readonly status: number | null;
  readonly stderr: string;
  readonly lines: readonly Line[];
  readonly summary: Summary & Line;
}

/** Long ticks: what is judged is the sum over the run, and each tick prints every flow. */
export async function runCapture(path: string, ...options: string[]): Promise<CaptureRun> {
  const program = startProgram([
    ...['--pcap', path, '--json', '--limit', 'all', '--interval', '60'],
    ...options,
  ]);
  const { status } = await program.exit(60_000);
  return {
    status,
    stderr: program.stderr,
    lines: program.lines,
    summary: program.summary as Summary & Line,
  };
}
