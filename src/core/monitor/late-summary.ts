// The summary of a run whose worker didn't answer in time: the last tick's counters, with means over the run.
import { perSecond } from '../flows/rates.js';
import type { Snapshot } from '../model/snapshot.js';

/** Counters are those of that tick: later traffic is missing, which the caller has to report. */
export function lateSummary(last: Snapshot): Snapshot {
  const { elapsedSeconds: seconds } = last;
  return {
    ...last,
    final: true,
    protocols: last.protocols.map((row) => ({
      ...row,
      packetsPerSecond: perSecond(row.received.packets + row.sent.packets, seconds),
      bitsPerSecond: perSecond((row.received.bytes + row.sent.bytes) * 8, seconds),
    })),
    flows: last.flows.map((flow) => ({
      ...flow,
      packetsPerSecond: perSecond(flow.forward.packets + flow.reverse.packets, seconds),
      bitsPerSecond: perSecond((flow.forward.bytes + flow.reverse.bytes) * 8, seconds),
      inBitsPerSecond: perSecond(flow.received.bytes * 8, seconds),
      outBitsPerSecond: perSecond(flow.sent.bytes * 8, seconds),
    })),
  };
}
