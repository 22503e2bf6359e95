// The Machine that Node.js gives: for the worker thread and for library users, who have no command line to pass one in.
import type { Machine } from '../core/monitor/machine.js';

export function nodeMachine(): Machine {
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
