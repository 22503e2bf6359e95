// The HostRuntime from Node.js and the addon: for the worker thread and for library users, who have no command line to pass one in.
import { RunClock } from '../core/model/clock.js';
import type { HostRuntime } from '../core/monitor/host-runtime.js';
import { loadNative } from '../core/native/load.js';

export function nodeHostRuntime(): HostRuntime {
  return {
    // First read by a run that has loaded the addon: where that fails, the error is the run's.
    clock: new RunClock({
      wallUs: () => loadNative().wallUs(),
      boottimeMs: () => loadNative().boottimeMs(),
    }),
    after: (milliseconds, callback) => {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
    cpuUs: () => {
      const { user, system } = process.cpuUsage();
      return user + system;
    },
    residentBytes: () => process.memoryUsage.rss(),
  };
}
