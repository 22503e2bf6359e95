// A monitor in a worker thread of this process.
import { Worker } from 'node:worker_threads';
import type { OpenLink } from './monitor-link.js';
import type { RunRequest } from './run-request.js';

/** A tick's objects die with it: Node's default 48 MB young generation would only stay resident. */
const YOUNG_GENERATION_MB = 3;

/** `url`: of src/worker.ts in the bundle. */
export function workerLink(url: URL, request: RunRequest): OpenLink {
  return ({ onReport, onError, onExit }) => {
    const worker = new Worker(url, {
      workerData: request,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    worker.on('message', onReport);
    worker.on('error', onError);
    worker.on('exit', onExit);
    return {
      send: (command) => worker.postMessage(command),
      terminate: () => worker.terminate(),
    };
  };
}
