// SIGINT, SIGTERM and SIGHUP end the run cleanly, with status 0; a second signal ends it immediately.

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Calls back at the first signal. The result gives the signals their usual meaning back. */
export function onEndingSignal(stop: () => void): () => void {
  let asked = false;
  const listener = (): void => {
    // Nothing stays attached even so: links die with the process.
    if (asked) process.exit(0);
    asked = true;
    stop();
  };
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.removeListener(signal, listener);
  };
}
