// The screen as a separate program with synthetic traffic: the real terminal and signal handling, without BPF.
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { showScreen } from '../../src/cli/screen.js';
import { openScreenTerminal } from '../../src/cli/screen-terminal.js';
import { sampleAlerts } from './sample-alerts.js';
import { SimulatedMonitor } from './simulated-monitor.js';

export interface SimulationReport {
  readonly ticks: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
  readonly residentBytes: number;
  readonly cpuMicroseconds: number;
  readonly wallMs: number;
}

export interface SimulatedProgramOptions {
  readonly flows: number;
  readonly tickMs: number;
  /** Every n-th tick has broken data, as a bug would cause. */
  readonly break: boolean;
  /** File for its report at the end. */
  readonly report: string | null;
  readonly alerts: boolean;
  readonly mouse: boolean;
}

/** Arguments: --flows N --tick MS --break --report FILE --alerts --mouse. */
export const simulatedOptions = (argv: readonly string[]): SimulatedProgramOptions => {
  const argumentOf = (name: string): string | undefined => {
    const at = argv.indexOf(name);
    return at < 0 ? undefined : argv[at + 1];
  };
  return {
    flows: Number(argumentOf('--flows') ?? 100),
    tickMs: Number(argumentOf('--tick') ?? 1000),
    break: argv.includes('--break'),
    report: argumentOf('--report') ?? null,
    alerts: argv.includes('--alerts'),
    mouse: argv.includes('--mouse'),
  };
};

export async function runSimulatedProgram(options: SimulatedProgramOptions): Promise<void> {
  const terminal = openScreenTerminal(process.env);
  const monitor = new SimulatedMonitor({
    flows: options.flows,
    alerts: options.alerts ? sampleAlerts : [],
    startUs: Date.now() * 1000,
  });
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const began = performance.now();
  let ticks = 0;
  const tick = (): void => {
    ticks++;
    if (options.break && ticks === 3) monitor.alerts = [null as never];
    monitor.tick();
    // The first second is start-up: modules, first layout.
    if (performance.now() - began > 1000) delay.enable();
  };
  const timer = setInterval(tick, options.tickMs);
  setTimeout(tick, 10);
  const failure = await showScreen(monitor, terminal, {
    flags: { color: null, ascii: false, mouse: options.mouse },
    settings: {},
    problems: [],
    settingsFile: null,
    intervalSeconds: options.tickMs / 1000,
    interfaces: [],
    staysAfterEnd: false,
    rights: null,
  });
  clearInterval(timer);
  if (options.report !== null) {
    const { user, system } = process.cpuUsage();
    const report: SimulationReport = {
      ticks,
      loopDelayP99Ms: delay.percentile(99) / 1e6,
      loopDelayMaxMs: delay.max / 1e6,
      residentBytes: process.memoryUsage().rss,
      cpuMicroseconds: user + system,
      wallMs: performance.now() - began,
    };
    writeFileSync(options.report, JSON.stringify(report));
  }
  if (failure !== null) {
    process.stderr.write(`the screen failed: ${failure.message}\n`);
    process.exitCode = 1;
  }
}
