// Reads the keyboard: text into the tokenizer, and the pause after which a lone Esc is an Esc.
import type { ReadStream } from 'node:tty';
import { escapePauseMilliseconds, type InputEvent, KeyTokenizer } from './key-tokenizer.js';

export interface KeyboardClock {
  readonly setTimeout: (callback: () => void, milliseconds: number) => unknown;
  readonly clearTimeout: (timer: unknown) => void;
}

export class KeyboardReader {
  private readonly tokenizer = new KeyTokenizer();
  private timer: unknown = null;

  constructor(
    private readonly stdin: ReadStream,
    private readonly clock: KeyboardClock,
    private readonly onEvent: (event: InputEvent) => void,
  ) {}

  start(): void {
    this.stdin.setEncoding('utf8');
    this.stdin.on('data', this.onData);
    this.stdin.resume();
  }

  stop(): void {
    if (this.timer !== null) this.clock.clearTimeout(this.timer);
    this.timer = null;
    this.stdin.off('data', this.onData);
    this.stdin.pause();
  }

  private readonly onData = (data: string | Buffer): void => {
    if (this.timer !== null) this.clock.clearTimeout(this.timer);
    this.timer = null;
    this.deliver(this.tokenizer.feed(String(data)));
    if (!this.tokenizer.incomplete) return;
    this.timer = this.clock.setTimeout(() => {
      this.timer = null;
      this.deliver(this.tokenizer.flush());
    }, escapePauseMilliseconds);
  };

  private deliver(events: readonly InputEvent[]): void {
    for (const event of events) this.onEvent(event);
  }
}
