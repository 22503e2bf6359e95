// The screen's cost on synthetic traffic: bytes on the wire, CPU, key latency, memory, and the effect of a slow reader.
// The real program's share of a core and its start: program-processor.ts, program-start.ts. BENCH_PARTS chooses.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type IPty, spawn } from '@lydell/node-pty';
import { SimulatedMonitor } from '../test/support/simulated-monitor.js';
import {
  runSimulatedProgram,
  type SimulationReport,
  simulatedOptions,
} from '../test/support/simulated-program.js';

const asProgram = '--as-simulated-program';
const self = fileURLToPath(import.meta.url);
const flows = 2000;

/** V8 flags as set by the launcher, and by v8-heap-tuning.ts in a quiet run. */
const programFlags = [
  '--semi-space-growth-factor=1',
  '--no-memory-reducer',
  '--no-incremental-marking',
];

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[
    Math.min(values.length - 1, Math.floor(values.length * share))
  ]!;

/** User and system time of a process, in seconds. */
const cpuSeconds = (processId: number): number => {
  const fields = readFileSync(`/proc/${processId}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

const residentMegabytes = (processId: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${processId}/status`, 'utf8'))![1]) / 1024;

/** The machine's current speed: milliseconds for a fixed amount of work. */
const calibrate = (): number => {
  const began = performance.now();
  let sum = 0;
  for (let index = 0; index < 3e7; index++) sum = (sum * 31 + index) % 1_000_003;
  return sum >= 0 ? performance.now() - began : 0;
};

/** Cost of generating the synthetic traffic in the same process: seconds a tick. */
const simulationSeconds = async (): Promise<number> => {
  const monitor = new SimulatedMonitor({ flows });
  const ticks = 10;
  let microseconds = 0;
  for (let tick = 0; tick < ticks; tick++) {
    await pause(100);
    const before = process.cpuUsage();
    monitor.tick();
    const { user, system } = process.cpuUsage(before);
    microseconds += user + system;
  }
  return microseconds / ticks / 1e6;
};

interface Session {
  readonly pty: IPty;
  bytes: number;
  onData: (data: string) => void;
  readonly ended: Promise<unknown>;
}

const open = (columns: number, rows: number, file: string, args: readonly string[]): Session => {
  const env = { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8' } as Record<string, string>;
  delete env['CI'];
  delete env['NO_COLOR'];
  const pty = spawn(file, [...args], { cols: columns, rows, name: 'xterm-256color', env });
  const session: Session = {
    pty,
    bytes: 0,
    onData: () => {},
    ended: new Promise((resolve) => pty.onExit(resolve)),
  };
  pty.onData((data) => {
    session.bytes += Buffer.byteLength(data);
    session.onData(data);
  });
  return session;
};

const openScreen = (columns: number, rows: number, ...args: string[]): Session =>
  open(columns, rows, process.execPath, [
    ...programFlags,
    self,
    asProgram,
    '--flows',
    String(flows),
    ...args,
  ]);

const close = async (session: Session): Promise<void> => {
  session.pty.write('q');
  await Promise.race([session.ended, pause(3000)]);
  session.pty.kill('SIGKILL');
};

const stable = (session: Session): Promise<number> => {
  const began = performance.now();
  return new Promise((resolve) => {
    let text = '';
    session.onData = (data) => {
      text += data;
      if (!text.includes('SOURCE')) return;
      session.onData = () => {};
      resolve(performance.now() - began);
    };
  });
};

const steady = async (columns: number, rows: number, seconds: number): Promise<string> => {
  const session = openScreen(columns, rows, '--alerts');
  const firstFrame = await stable(session);
  await pause(6000);
  const bytes = session.bytes;
  const cpu = cpuSeconds(session.pty.pid);
  await pause(seconds * 1000);
  const bytesPerSecond = (session.bytes - bytes) / seconds;
  const share = (cpuSeconds(session.pty.pid) - cpu) / seconds;
  const resident = residentMegabytes(session.pty.pid);
  await close(session);
  const own = Math.max(0, share - (await simulationSeconds()));
  return `${`${columns}x${rows}`.padEnd(9)} ${bytesPerSecond.toFixed(0).padStart(7)} ${(share * 100).toFixed(2).padStart(7)} ${(own * 100).toFixed(2).padStart(19)} ${firstFrame.toFixed(0).padStart(9)} ${resident.toFixed(0).padStart(7)}`;
};

const keyLatency = async (columns: number, rows: number): Promise<string> => {
  const session = openScreen(columns, rows);
  await stable(session);
  await pause(1500);
  const times: number[] = [];
  for (let press = 0; press < 40; press++) {
    const began = performance.now();
    const answered = new Promise<void>((resolve) => {
      session.onData = () => resolve();
    });
    session.pty.write(press % 30 < 15 ? 'j' : 'k');
    await Promise.race([answered, pause(1000)]);
    times.push(performance.now() - began);
    session.onData = () => {};
    await pause(37);
  }
  await close(session);
  return `${`${columns}x${rows}`.padEnd(9)} ${percentile(times, 0.5).toFixed(1).padStart(7)} ${percentile(times, 0.95).toFixed(1).padStart(7)}`;
};

/** `bytesPerSecond` 0: the reader has stopped. */
const stalled = async (folder: string, bytesPerSecond: number): Promise<string> => {
  const file = join(folder, `stalled-${bytesPerSecond}.json`);
  const session = openScreen(120, 40, '--tick', '100', '--report', file);
  await stable(session);
  await pause(1500);
  const before = residentMegabytes(session.pty.pid);
  let open = true;
  if (bytesPerSecond === 0) session.pty.pause();
  else
    session.onData = (data) => {
      session.pty.pause();
      setTimeout(() => open && session.pty.resume(), (data.length / bytesPerSecond) * 1000);
    };
  await pause(10_000);
  const after = residentMegabytes(session.pty.pid);
  open = false;
  session.onData = () => {};
  session.pty.resume();
  await pause(300);
  await close(session);
  const report = JSON.parse(readFileSync(file, 'utf8')) as SimulationReport;
  const name = bytesPerSecond === 0 ? 'stopped' : `${bytesPerSecond} B/s`;
  return `${name.padEnd(9)} ${report.loopDelayP99Ms.toFixed(1).padStart(8)} ${report.loopDelayMaxMs.toFixed(1).padStart(8)} ${String(report.ticks).padStart(6)} ${(after - before).toFixed(1).padStart(10)}`;
};

const htop = async (columns: number, rows: number): Promise<string> => {
  const session = open(columns, rows, 'htop', ['-d', '10']);
  await pause(3000);
  const bytes = session.bytes;
  const cpu = cpuSeconds(session.pty.pid);
  await pause(10_000);
  const line = `htop ${columns}x${rows}: ${((session.bytes - bytes) / 10).toFixed(0)} bytes/s, ${((cpuSeconds(session.pty.pid) - cpu) * 10).toFixed(2)} % CPU`;
  await close(session);
  return line;
};

async function bench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'knp-bench-'));
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say(
    `calibration loop ${calibrate().toFixed(0)} ms; load ${readFileSync('/proc/loadavg', 'utf8').split(' ')[0]}; node ${process.version}`,
  );
  const wanted = (process.env['BENCH_PARTS'] ?? 'steady key stalled htop').split(' ');
  const sizes = [
    [80, 24],
    [120, 40],
    [200, 60],
  ] as const;
  if (wanted.includes('steady')) {
    say(
      '\nCPU holds what V8 compiles of the simulation, too: the screen alone is the main thread of',
    );
    say('program-processor.');
    say(
      `\n${flows} flows, a third active, 1 Hz, alerts\nsize      bytes/s   CPU %  without simulation  frame ms  RSS MB`,
    );
    for (const [columns, rows] of sizes) say(await steady(columns, rows, 15));
  }
  if (wanted.includes('key')) {
    say('\nkey to first changed byte, ms\nsize          p50     p95');
    for (const [columns, rows] of sizes.slice(1)) say(await keyLatency(columns, rows));
  }
  if (wanted.includes('stalled')) {
    say('\nreader at 120x40, 10 Hz, 10 s\nreader     lag p99  lag max  ticks  memory MB');
    for (const rate of [2048, 0]) say(await stalled(folder, rate));
  }
  if (wanted.includes('htop') && spawnSync('htop', ['--version']).status === 0) {
    say('');
    for (const [columns, rows] of sizes.slice(1)) say(await htop(columns, rows));
  }
  say(
    `\ncalibration loop ${calibrate().toFixed(0)} ms; ${execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim()}`,
  );
  rmSync(folder, { recursive: true, force: true });
}

if (process.argv.includes(asProgram)) await runSimulatedProgram(simulatedOptions(process.argv));
else await bench();
