// The link between a monitor and its client: any transport that carries commands one way and reports the other, in order.
import type { Command, Report } from './worker-messages.js';

export interface LinkListeners {
  readonly onReport: (report: Report) => void;
  /** The other side has failed without being able to report it. */
  readonly onError: (error: Error) => void;
  /** No further messages follow. */
  readonly onExit: (code: number) => void;
}

export interface MonitorLink {
  send(command: Command): void;
  /** Ends the other side without asking it. */
  terminate(): Promise<unknown>;
}

/** Starts the run on the other side; its reports go to `listeners`. */
export type OpenLink = (listeners: LinkListeners) => MonitorLink;
