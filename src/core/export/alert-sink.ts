// What every way out for alerts is handed: timers, and somewhere to say that it failed.

export interface AlertSinkTimers {
  after(milliseconds: number, callback: () => void): () => void;
}

export type AlertSinkReport = (code: string, message: string) => void;
