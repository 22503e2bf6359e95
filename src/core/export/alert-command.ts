// --alert-exec: a program of the user's for each alert line, JSON on its stdin. Never through a shell, few at once, timed.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Alert } from '../model/alert.js';
import type { Consumer } from '../model/consumer.js';
import type { ConsumerLosses } from '../model/consumer-losses.js';
import { alertObject } from './json-objects.js';
import { FINISH_MS, type SinkHost, untilIdle } from './sink.js';

/** At once, and starts in a burst and a second: a flood of alerts must not become a flood of processes. */
const RUNNING_MAX = 4;
const BURST = 10;
const PER_SECOND = 2;
const QUEUE_MAX = 200;
const TIME_LIMIT_MS = 10_000;

export interface AlertCommandRequest {
  readonly kind: 'alert-exec';
  /** Program and its arguments. */
  readonly words: readonly string[];
  /** User that it runs as; null: as this process. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
}

export class AlertCommand implements Consumer {
  readonly name = '--alert-exec';
  readonly #request: AlertCommandRequest;
  readonly #host: Pick<SinkHost, 'timers' | 'report'>;
  readonly #running = new Set<ChildProcess>();
  #queue: string[] = [];
  #tokens = BURST;
  #refilling = false;
  #dropped = 0;
  #failed = 0;

  constructor(request: AlertCommandRequest, host: Pick<SinkHost, 'timers' | 'report'>) {
    this.#request = request;
    this.#host = host;
  }

  get idle(): boolean {
    return this.#running.size === 0 && this.#queue.length === 0;
  }

  alert(alert: Alert): void {
    if (this.#queue.length >= QUEUE_MAX) {
      this.#dropped += 1;
      if (this.#dropped === 1) {
        this.#host.report('alert_exec_slow', `--alert-exec is too slow: alerts are left out`);
      }
      return;
    }
    this.#queue.push(JSON.stringify(alertObject(alert)));
    this.#next();
  }

  losses(): Partial<ConsumerLosses> {
    return { alertsDropped: this.#dropped, failures: this.#failed };
  }

  /** Waits until all have exited, at most that long; then the rest is dropped. */
  async finish(milliseconds = FINISH_MS): Promise<void> {
    await untilIdle(this, this.#host.timers, milliseconds);
    this.#dropped += this.#queue.length;
    this.close();
  }

  /** Programs that still run are killed. */
  close(): void {
    this.#queue = [];
    for (const child of this.#running) child.kill('SIGKILL');
  }

  #next(): void {
    while (this.#queue.length > 0 && this.#running.size < RUNNING_MAX && this.#tokens > 0) {
      this.#tokens -= 1;
      this.#start(this.#queue.shift()!);
    }
    this.#refill();
  }

  #refill(): void {
    if (this.#refilling || this.#tokens >= BURST) return;
    this.#refilling = true;
    this.#host.timers.after(1000 / PER_SECOND, () => {
      this.#refilling = false;
      this.#tokens += 1;
      this.#next();
    });
  }

  #start(line: string): void {
    const [program = '', ...words] = this.#request.words;
    const { user } = this.#request;
    const child = spawn(program, words, {
      stdio: ['pipe', 'ignore', 'ignore'],
      // Of its own group, so that what it starts ends with it.
      detached: true,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      ...(user && { uid: user.uid, gid: user.gid }),
    });
    this.#running.add(child);
    const forget = this.#host.timers.after(TIME_LIMIT_MS, () => {
      this.#failure(`${program} ran longer than ${TIME_LIMIT_MS / 1000} s and was ended`);
      endGroup(child);
    });
    // A program that can't be started emits both `error` and `close`.
    let isDone = false;
    const done = (failure: string | null): void => {
      if (isDone) return;
      isDone = true;
      if (failure !== null) this.#failure(failure);
      forget();
      this.#running.delete(child);
      this.#next();
    };
    child.on('error', (error) => done(`${program} cannot be run: ${error.message}`));
    child.on('close', (code) =>
      done(code !== 0 && code !== null ? `${program} ended with ${code}` : null),
    );
    // A program that doesn't read its stdin is within its rights.
    child.stdin.on('error', () => {});
    child.stdin.end(`${line}\n`);
  }

  /** Reports the 1st, 10th, 100th … failure. */
  #failure(why: string): void {
    this.#failed += 1;
    if (/^10*$/.test(String(this.#failed))) {
      const times = this.#failed > 1 ? ` (${this.#failed} times)` : '';
      this.#host.report('alert_exec_failed', `--alert-exec: ${why}${times}`);
    }
  }
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It exited in the meantime.
  }
}
