// --alert-webhook: each alert line as a POST. A queue with a cap, one request at a time, back-off; a tick never waits for it.
import type { Alert } from '../model/alert.js';
import type { Consumer } from '../model/consumer.js';
import type { ConsumerLosses } from '../model/consumer-losses.js';
import { alertObject } from './json-objects.js';
import { FINISH_MS, type SinkHost, untilIdle } from './sink.js';

const QUEUE_MAX = 1000;
const TRIES_MAX = 6;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const TIME_LIMIT_MS = 10_000;

export interface AlertWebhookRequest {
  readonly kind: 'alert-webhook';
  /** http or https; user and password in it become the Authorization header. */
  readonly url: string;
  /** Value of the Authorization header; null without. */
  readonly authorization: string | null;
}

type Outcome = 'sent' | 'refused' | 'later';

/** fetch refuses an address with a user in it. */
function basicAuthorization({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** fetch's own message is "fetch failed"; the reason is in its `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${TIME_LIMIT_MS / 1000} s`;
  const { cause } = error as { cause?: { message?: string; code?: string } };
  return cause?.message || cause?.code || error.message;
}

export class AlertWebhook implements Consumer {
  readonly name = '--alert-webhook';
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #host: Pick<SinkHost, 'timers' | 'report'>;
  readonly #queue: string[] = [];
  readonly #closing = new AbortController();
  #busy = false;
  #tries = 0;
  #dropped = 0;
  #failed = 0;

  constructor(request: AlertWebhookRequest, host: Pick<SinkHost, 'timers' | 'report'>) {
    const url = new URL(request.url);
    const authorization = request.authorization ?? basicAuthorization(url);
    url.username = '';
    url.password = '';
    this.#url = url;
    this.#headers = {
      'content-type': 'application/json',
      ...(authorization !== null && { authorization }),
    };
    this.#host = host;
  }

  get idle(): boolean {
    return !this.#busy && this.#queue.length === 0;
  }

  alert(alert: Alert): void {
    if (this.#queue.length >= QUEUE_MAX) {
      this.#queue.shift();
      this.#dropped += 1;
      if (this.#dropped === 1) {
        this.#host.report(
          'alert_webhook_slow',
          '--alert-webhook is too slow: the oldest alerts are left out',
        );
      }
    }
    this.#queue.push(JSON.stringify(alertObject(alert)));
    if (!this.#busy) void this.#post();
  }

  losses(): Partial<ConsumerLosses> {
    return { alertsDropped: this.#dropped, failures: this.#failed };
  }

  /** Waits until everything is sent, at most that long; then the rest is dropped. */
  async finish(milliseconds = FINISH_MS): Promise<void> {
    await untilIdle(this, this.#host.timers, milliseconds);
    this.#dropped += this.#queue.length;
    this.#queue.length = 0;
    this.#closing.abort();
  }

  async #post(): Promise<void> {
    const line = this.#queue[0];
    if (line === undefined || this.#closing.signal.aborted) return;
    this.#busy = true;
    this.#tries += 1;
    const { outcome, why } = await this.#request(line);
    this.#busy = false;
    if (this.#closing.signal.aborted) return;
    if (outcome === 'later' && this.#tries < TRIES_MAX) {
      this.#failure(why);
      this.#busy = true;
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#tries - 1));
      this.#host.timers.after(pause, () => {
        this.#busy = false;
        void this.#post();
      });
      return;
    }
    if (outcome !== 'sent') {
      this.#dropped += 1;
      this.#failure(`${why}; an alert is left out`);
    }
    this.#tries = 0;
    // It may have been pushed out meanwhile: the queue was full.
    if (this.#queue[0] === line) this.#queue.shift();
    void this.#post();
  }

  async #request(line: string): Promise<{ outcome: Outcome; why: string }> {
    const { host } = this.#url;
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: this.#headers,
        body: line,
        // An alert goes to the configured URL and nowhere else.
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(TIME_LIMIT_MS), this.#closing.signal]),
      });
      await response.body?.cancel();
      const { status } = response;
      if (status >= 200 && status < 300) return { outcome: 'sent', why: '' };
      const isLater = status === 429 || status >= 500;
      return { outcome: isLater ? 'later' : 'refused', why: `${host} answers ${status}` };
    } catch (error) {
      return { outcome: 'later', why: `${host}: ${reasonOf(error)}` };
    }
  }

  /** The first failure is reported, then each tenfold. The URL may hold a secret: only its host is named. */
  #failure(why: string): void {
    this.#failed += 1;
    if (/^10*$/.test(String(this.#failed))) {
      this.#host.report('alert_webhook_failed', `--alert-webhook: ${why}`);
    }
  }
}
