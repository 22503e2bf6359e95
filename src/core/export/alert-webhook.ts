// --alert-webhook: each alert line as a POST. A queue with a cap, one request at a time, back-off; a tick never waits for it.
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AlertSinkReport, AlertSinkTimers } from './alert-sink.js';

const QUEUE_MAX = 1000;
const TRIES_MAX = 6;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const TIME_LIMIT_MS = 10_000;

export interface AlertWebhookOptions {
  readonly url: URL;
  /** Value of the Authorization header; null without. */
  readonly authorization: string | null;
  readonly timers: AlertSinkTimers;
  readonly report: AlertSinkReport;
}

type Outcome = 'sent' | 'refused' | 'later';

export class AlertWebhook {
  readonly #options: AlertWebhookOptions;
  readonly #queue: string[] = [];
  #busy = false;
  #closed = false;
  #tries = 0;
  #dropped = 0;
  #failed = 0;

  constructor(options: AlertWebhookOptions) {
    this.#options = options;
  }

  get idle(): boolean {
    return !this.#busy && this.#queue.length === 0;
  }

  send(line: string): void {
    if (this.#queue.length >= QUEUE_MAX) {
      this.#queue.shift();
      this.#dropped += 1;
      if (this.#dropped === 1) {
        this.#options.report(
          'alert_webhook_slow',
          '--alert-webhook is too slow: the oldest alerts are left out',
        );
      }
    }
    this.#queue.push(line);
    if (!this.#busy) this.#post();
  }

  close(): void {
    this.#closed = true;
    this.#queue.length = 0;
  }

  #post(): void {
    const line = this.#queue[0];
    if (line === undefined || this.#closed) return;
    this.#busy = true;
    this.#tries += 1;
    this.#request(line, (outcome, why) => {
      this.#busy = false;
      if (outcome === 'later' && this.#tries < TRIES_MAX && !this.#closed) {
        this.#failure(why);
        this.#busy = true;
        const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#tries - 1));
        this.#options.timers.after(pause, () => {
          this.#busy = false;
          this.#post();
        });
        return;
      }
      if (outcome !== 'sent') this.#failure(`${why}; an alert is left out`);
      this.#tries = 0;
      this.#queue.shift();
      this.#post();
    });
  }

  #request(line: string, done: (outcome: Outcome, why: string) => void): void {
    const { url, authorization } = this.#options;
    const body = Buffer.from(line);
    let answered = false;
    const finish = (outcome: Outcome, why: string): void => {
      if (answered) return;
      answered = true;
      done(outcome, why);
    };
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const sent = start(
      url,
      {
        method: 'POST',
        timeout: TIME_LIMIT_MS,
        headers: {
          'content-type': 'application/json',
          'content-length': body.length,
          ...(authorization !== null && { authorization }),
        },
      },
      (response) => {
        const status = response.statusCode ?? 0;
        response.resume();
        if (status >= 200 && status < 300) finish('sent', '');
        else if (status === 429 || status >= 500) finish('later', `${url.host} answers ${status}`);
        else finish('refused', `${url.host} answers ${status}`);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIME_LIMIT_MS / 1000} s`)));
    sent.on('error', (error) => finish('later', `${url.host}: ${error.message}`));
    sent.end(body);
  }

  /** The first failure is told, then each tenfold. The URL may hold a secret: only its host is named. */
  #failure(why: string): void {
    this.#failed += 1;
    if (/^10*$/.test(String(this.#failed))) {
      this.#options.report('alert_webhook_failed', `--alert-webhook: ${why}`);
    }
  }
}
