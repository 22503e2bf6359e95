// stdout that nobody reads, reads slowly, or has closed: real pipes.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JsonLines } from '../../../src/core/export/json-lines.js';
import { NonBlockingOutput, type OutputEnd } from '../../../src/core/export/non-blocking-output.js';
import type { Snapshot } from '../../../src/core/model/snapshot.js';

const timers = {
  after: (milliseconds: number, callback: () => void): (() => void) => {
    const timer = setTimeout(callback, Math.min(milliseconds, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};

let folder: string;
let fifos = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'knp-output-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

class Pipe {
  readonly reader: number;
  /** As the shell hands it over: blocking. */
  readonly writer: number;

  constructor() {
    const path = join(folder, `fifo${fifos++}`);
    execFileSync('mkfifo', [path]);
    this.reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.writer = openSync(path, constants.O_WRONLY);
  }

  read(): string {
    const buffer = Buffer.alloc(1 << 20);
    let text = '';
    for (;;) {
      try {
        const length = readSync(this.reader, buffer);
        if (length === 0) return text;
        text += buffer.toString('utf8', 0, length);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return text;
        throw error;
      }
    }
  }
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('output', () => {
  it('of more than a pipe holds never waits, and arrives whole as it is read', async () => {
    const pipe = new Pipe();
    const output = new NonBlockingOutput(pipe.writer, timers, () => {});
    const text = `${'0123456789'.repeat(50_000)}\n`;
    output.write(text);
    expect(output.busy).toBe(true);
    let got = '';
    for (let i = 0; i < 500 && got.length < text.length; i += 1) {
      got += pipe.read();
      await pause(5);
    }
    expect(got).toBe(text);
    expect(await output.drained(1000)).toBe(true);
    output.close();
    closeSync(pipe.writer);
    closeSync(pipe.reader);
  });

  it('gives up on a reader that never reads, when its time is over', async () => {
    const pipe = new Pipe();
    const output = new NonBlockingOutput(pipe.writer, timers, () => {});
    output.write('x'.repeat(1 << 20));
    expect(await output.drained(50)).toBe(false);
    output.close();
    closeSync(pipe.writer);
    closeSync(pipe.reader);
  });

  it('says that the reader has gone', () => {
    const pipe = new Pipe();
    const ends: OutputEnd[] = [];
    const output = new NonBlockingOutput(pipe.writer, timers, (end) => ends.push(end));
    closeSync(pipe.reader);
    output.write('line\n');
    output.write('line\n');
    expect(ends).toEqual(['closed']);
    expect(output.busy).toBe(false);
    output.close();
    closeSync(pipe.writer);
  });

  it('to a file goes on where the file was', () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'before\n');
    const descriptor = openSync(path, 'a');
    const output = new NonBlockingOutput(descriptor, timers, () => {});
    output.write('after\n');
    output.close();
    closeSync(descriptor);
    expect(execFileSync('cat', [path], { encoding: 'utf8' })).toBe('before\nafter\n');
  });
});

describe('NDJSON with a reader that has stopped', () => {
  const snapshot = (sequence: number, final: boolean): Snapshot =>
    ({
      sequence,
      timeUs: sequence * 1e6,
      wallUs: sequence * 1e6,
      elapsedSeconds: sequence,
      intervalSeconds: 1,
      interfaces: [],
      protocols: [],
      encapsulations: [],
      flows: [],
      groups: [],
      flowsMatched: 0,
      flowsTracked: 0,
      untracked: { packets: 0, bytes: 0 },
      // Some kilobytes a line, as flows would be.
      untrackedProtocols: { ['x'.repeat(20_000)]: { packets: 0, bytes: 0 } },
      expired: { packets: 0, bytes: 0 },
      malformed: { packets: 0, bytes: 0 },
      malformedReasons: {},
      fragments: { packets: 0, bytes: 0 },
      eventsLost: 0,
      health: {},
      cost: null,
      alerts: [],
      interfaceStates: [],
      warnings: [],
      consumers: [],
      final,
    }) as Snapshot;

  const printing = (waitsForReader: boolean) => {
    const pipe = new Pipe();
    const lines = new JsonLines(
      { kind: 'json', descriptor: pipe.writer, path: null, version: '0', kernel: '0' },
      {
        timers,
        report: () => {},
        privileges: () => null,
        isCapture: waitsForReader,
        end: () => {},
      },
    );
    return { pipe, lines };
  };

  const objectsOf = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('skips and counts ticks, keeps warnings, and prints the summary last', async () => {
    const { pipe, lines } = printing(false);
    for (let tick = 1; tick <= 30; tick += 1) lines.tick(snapshot(tick, false));
    for (let i = 0; i < 1500; i += 1) {
      lines.warning({ timeUs: i, wallUs: i, code: 'numbered', message: String(i) });
    }
    let got = pipe.read();
    await pause(30);
    lines.tick(snapshot(31, true));
    const finished = lines.finish();
    for (let i = 0; i < 100; i += 1) {
      got += pipe.read();
      await pause(5);
    }
    await finished;
    const objects = objectsOf(got);
    const ticks = objects.filter((object) => object.type === 'tick');
    const warnings = objects.filter((object) => object.type === 'warning');
    expect(ticks.length).toBeLessThan(10);
    expect(objects.at(-1)).toMatchObject({ type: 'summary', ticksSkipped: 30 - ticks.length });
    expect(warnings).toHaveLength(1000);
    expect(warnings.at(-1).message).toBe('1499');
    expect(lines.losses().warningsDropped).toBe(500);
    closeSync(pipe.writer);
    closeSync(pipe.reader);
  });

  it('gives a reader of a capture every tick at its own pace, and waits two seconds for one that has stopped', async () => {
    const { pipe, lines } = printing(true);
    let got = '';
    const tell = async (tick: number): Promise<void> => {
      // Alerts and warnings of a tick come before it, and may fill the pipe.
      lines.warning({ timeUs: tick, wallUs: tick, code: 'long', message: 'x'.repeat(100_000) });
      await lines.tick(snapshot(tick, false));
    };
    const reading = setInterval(() => {
      got += pipe.read();
    }, 5);
    for (let tick = 1; tick <= 20; tick += 1) await tell(tick);
    clearInterval(reading);
    const began = performance.now();
    for (let tick = 21; tick <= 40; tick += 1) await tell(tick);
    const waited = performance.now() - began;
    expect(waited).toBeGreaterThan(1900);
    expect(waited).toBeLessThan(10_000);
    void lines.tick(snapshot(41, true));
    const finished = lines.finish();
    const last = setInterval(() => {
      got += pipe.read();
    }, 5);
    await finished;
    clearInterval(last);
    got += pipe.read();
    const objects = objectsOf(got);
    const ticks = objects.filter((object) => object.type === 'tick');
    expect(ticks.slice(0, 20).map((tick) => tick.ticksSkipped)).toEqual(Array(20).fill(0));
    expect(ticks.length).toBeLessThan(40);
    expect(objects.at(-1)).toMatchObject({ type: 'summary', ticksSkipped: 40 - ticks.length });
    closeSync(pipe.writer);
    closeSync(pipe.reader);
  });
});
