// Exponential smoothing: the weight of the newest value.

/** A flow's rate forgets about two thirds of the past in this time: calm to read, and quick enough for a burst. */
export const FLOW_SMOOTHING_SECONDS = 3;

export const smoothingShare = (intervalSeconds: number, smoothingSeconds: number): number =>
  intervalSeconds > 0 ? 1 - Math.exp(-intervalSeconds / smoothingSeconds) : 1;
