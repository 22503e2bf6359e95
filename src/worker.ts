// Entry of the worker thread: gives the monitor its clock and its port.
import { parentPort, workerData } from 'node:worker_threads';
import type { RunRequest } from './core/monitor/run-request.js';
import { serveMonitor } from './core/monitor/worker.js';
import { nodeHostRuntime } from './library/node-host-runtime.js';

if (!parentPort) throw new Error('worker.ts runs in a worker thread only');
serveMonitor(parentPort, workerData as RunRequest, nodeHostRuntime());
