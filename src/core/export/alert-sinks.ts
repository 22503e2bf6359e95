// Where alerts go beside screen and stdout: a program of the user's, an address on the web.
import type { Alert } from '../model/alert.js';
import { AlertCommand } from './alert-command.js';
import type { AlertSinkReport, AlertSinkTimers } from './alert-sink.js';
import { AlertWebhook } from './alert-webhook.js';
import { alertObject } from './json-objects.js';

export interface AlertSinkSettings {
  readonly exec: readonly string[] | null;
  readonly webhook: URL | null;
  readonly authorization: string | null;
}

export interface AlertSinkOptions extends AlertSinkSettings {
  readonly user: { readonly uid: number; readonly gid: number } | null;
  readonly timers: AlertSinkTimers;
  readonly report: AlertSinkReport;
}

const POLL_MS = 50;

export class AlertSinks {
  readonly #alertSinks: (AlertCommand | AlertWebhook)[] = [];
  readonly #timers: AlertSinkTimers;

  constructor(options: AlertSinkOptions) {
    this.#timers = options.timers;
    if (options.exec) this.#alertSinks.push(new AlertCommand({ ...options, words: options.exec }));
    if (options.webhook)
      this.#alertSinks.push(new AlertWebhook({ ...options, url: options.webhook }));
  }

  send(alert: Alert): void {
    if (this.#alertSinks.length === 0) return;
    const line = JSON.stringify(alertObject(alert));
    for (const sink of this.#alertSinks) sink.send(line);
  }

  /** Waits until all has left, at most that long; then what is left is dropped. */
  async finish(milliseconds: number): Promise<void> {
    for (let waited = 0; waited < milliseconds; waited += POLL_MS) {
      if (this.#alertSinks.every((sink) => sink.idle)) break;
      await new Promise<void>((resolve) => void this.#timers.after(POLL_MS, resolve));
    }
    for (const sink of this.#alertSinks) sink.close();
  }
}
