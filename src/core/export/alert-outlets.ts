// Where alerts go beside screen and stdout: a program of the user's, an address on the web.
import type { Alert } from '../model/alert.js';
import { AlertCommand } from './alert-command.js';
import { AlertWebhook } from './alert-webhook.js';
import { alertObject } from './json-objects.js';
import type { OutletReport, OutletTimers } from './outlet.js';

export interface AlertOutletSettings {
  readonly exec: readonly string[] | null;
  readonly webhook: URL | null;
  readonly authorization: string | null;
}

export interface AlertOutletOptions extends AlertOutletSettings {
  readonly user: { readonly uid: number; readonly gid: number } | null;
  readonly timers: OutletTimers;
  readonly report: OutletReport;
}

const POLL_MS = 50;

export class AlertOutlets {
  readonly #outlets: (AlertCommand | AlertWebhook)[] = [];
  readonly #timers: OutletTimers;

  constructor(options: AlertOutletOptions) {
    this.#timers = options.timers;
    if (options.exec) this.#outlets.push(new AlertCommand({ ...options, words: options.exec }));
    if (options.webhook) this.#outlets.push(new AlertWebhook({ ...options, url: options.webhook }));
  }

  send(alert: Alert): void {
    if (this.#outlets.length === 0) return;
    const line = JSON.stringify(alertObject(alert));
    for (const outlet of this.#outlets) outlet.send(line);
  }

  /** Waits until all has left, at most that long; then what is left is dropped. */
  async finish(milliseconds: number): Promise<void> {
    for (let waited = 0; waited < milliseconds; waited += POLL_MS) {
      if (this.#outlets.every((outlet) => outlet.idle)) break;
      await new Promise<void>((resolve) => void this.#timers.after(POLL_MS, resolve));
    }
    for (const outlet of this.#outlets) outlet.close();
  }
}
