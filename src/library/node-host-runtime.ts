// The HostRuntime that Node.js gives: for the worker thread and for library users, who have no command line to pass one in.
import type { HostRuntime } from '../core/monitor/host-runtime.js';

export function nodeHostRuntime(): HostRuntime {
  return {
    wallUs: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
    monotonicMs: () => performance.now(),
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
