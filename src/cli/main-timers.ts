// Timers of the main thread, as they are handed to everything that needs one.
import type { Timers } from '../core/model/clock.js';

/** setTimeout turns longer times than this (24.8 days) into none. */
const LONGEST_MS = 2 ** 31 - 1;

export const mainTimers: Timers = {
  after(milliseconds: number, callback: () => void): () => void {
    const timer = setTimeout(callback, Math.min(milliseconds, LONGEST_MS));
    return () => clearTimeout(timer);
  },
};
