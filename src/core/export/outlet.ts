// What every way out for alerts is handed: timers, and somewhere to say that it failed.

export interface OutletTimers {
  after(milliseconds: number, callback: () => void): () => void;
}

export type OutletReport = (code: string, message: string) => void;
