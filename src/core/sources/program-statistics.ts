// The kernel's program statistics, for programs of a user's object: on for one second in thirty, since they cost every program on the host; longer where somebody watches.
import type { NativeSession } from '../native/contract.js';
import { isNativeError } from '../native/load.js';

const MEASURED_MS = 1000;
const PERIOD_MS = 30_000;

export class ProgramStatistics {
  readonly #session: NativeSession;
  readonly #always: boolean;
  #refused = false;
  #continuous = false;
  #onSinceMs: number | null = null;
  #nextMs = 0;
  #measuredMs = 0;

  /** `always`: never switched off before the end, for a process that drops the right to switch them on. */
  constructor(session: NativeSession, always = false) {
    this.#session = session;
    this.#always = always;
  }

  get state(): 'on' | 'off' | 'refused' {
    if (this.#refused) return 'refused';
    return this.#onSinceMs === null ? 'off' : 'on';
  }

  /** How long they have been on, altogether. */
  measuredSeconds(nowMs: number): number {
    const now = this.#onSinceMs === null ? 0 : nowMs - this.#onSinceMs;
    return (this.#measuredMs + now) / 1000;
  }

  /** The figures are being shown: measures continuously, from the next tick on. */
  setContinuous(continuous: boolean): void {
    this.#continuous = continuous;
  }

  /** Called at each tick. */
  tick(nowMs: number): void {
    if (this.#refused) return;
    const wanted = this.#always || this.#continuous;
    if (this.#onSinceMs === null) {
      if (wanted || nowMs >= this.#nextMs) this.#begin(nowMs);
    } else if (nowMs - this.#onSinceMs >= MEASURED_MS) {
      this.#take(nowMs);
      if (!wanted) this.#stop(nowMs);
    }
  }

  #begin(nowMs: number): void {
    try {
      this.#session.enableStatistics();
    } catch (error) {
      // EPERM without CAP_SYS_ADMIN, EINVAL before Linux 5.8: reported as `refused`.
      if (!isNativeError(error)) throw error;
      this.#refused = true;
      return;
    }
    this.#onSinceMs = nowMs;
  }

  #take(nowMs: number): void {
    this.#measuredMs += nowMs - this.#onSinceMs!;
    this.#onSinceMs = nowMs;
  }

  #stop(nowMs: number): void {
    this.#session.disableStatistics();
    this.#onSinceMs = null;
    this.#nextMs = nowMs + PERIOD_MS - MEASURED_MS;
  }
}
