// Runs the built program on a capture file and returns its summary.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { programPath } from '../program.js';
import type { Summary } from './compare.js';

export interface CaptureRun {
  readonly status: number | null;
  readonly stderr: string;
  readonly summary: Summary;
}

/**
 * Long ticks, and only the last line is kept: each tick prints every flow, but only the sum over the run is compared. The limit is
 * generous, because a CI machine may be busy.
 */
export async function runCapture(path: string, ...options: string[]): Promise<CaptureRun> {
  const program = spawn(
    process.execPath,
    [programPath, '--pcap', path, '--json', '--limit', 'all', '--interval', '60', ...options],
    { stdio: ['ignore', 'pipe', 'pipe'], timeout: 180_000 },
  );
  let line: Buffer[] = [];
  program.stdout.on('data', (chunk: Buffer) => {
    // The newline after the last line must not empty it.
    const end = chunk.length > 1 ? chunk.lastIndexOf(0x0a, chunk.length - 2) : -1;
    if (end >= 0 || line.at(-1)?.at(-1) === 0x0a) line = [];
    line.push(chunk.subarray(end + 1));
  });
  let stderr = '';
  program.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [status] = (await once(program, 'close')) as [number | null];
  const text = Buffer.concat(line).toString();
  const last = text === '' ? null : JSON.parse(text);
  if (last?.type !== 'summary') throw new Error(`no summary, status ${status}\n${stderr}`);
  return { status, stderr, summary: last };
}

/**
 * A copy of a little-endian pcap file with a packet every microsecond. A capture over a day has 1,440 ticks, and with all
 * flows in each that is gigabytes of text; the comparison ignores time.
 */
export function retimed(path: string, target: string): string {
  const file = Buffer.from(readFileSync(path));
  let microseconds = 0;
  for (let at = 24; at + 16 <= file.length; at += 16 + file.readUInt32LE(at + 8)) {
    file.writeUInt32LE(1_600_000_000, at);
    file.writeUInt32LE(microseconds, at + 4);
    microseconds += 1;
  }
  writeFileSync(target, file);
  return target;
}
