// Which alerts the strip shows and in which order: what is open and unseen first, the worst on top, nothing muted.
import { type Alert, severities } from '../../core/model/alert.js';
import type { ScreenState } from './screen-state.js';

const rank = (alert: Alert): number => severities.indexOf(alert.severity);

export const isMuted = (state: ScreenState, alert: Alert): boolean =>
  (state.muted.get(alert.id) ?? 0) > alert.lastSeenUs;

/** For the strip: acknowledged, muted and ended alerts are left out. */
export const stripAlerts = (state: ScreenState): Alert[] =>
  state.alerts
    .filter(
      (alert) =>
        !state.acknowledged.has(alert.id) && !isMuted(state, alert) && alert.state !== 'ended',
    )
    .sort(
      (left, right) =>
        rank(right) - rank(left) ||
        right.firstSeenUs - left.firstSeenUs ||
        (left.id < right.id ? -1 : 1),
    );

/** For the full screen: everything, newest first, muted last. */
export const listedAlerts = (state: ScreenState): Alert[] =>
  [...state.alerts].sort(
    (left, right) =>
      Number(isMuted(state, left)) - Number(isMuted(state, right)) ||
      Number(left.state === 'ended') - Number(right.state === 'ended') ||
      right.firstSeenUs - left.firstSeenUs ||
      (left.id < right.id ? -1 : 1),
  );

export const alertMark = (
  state: ScreenState,
  alert: Alert,
): 'muted' | 'seen' | 'ended' | 'open' => {
  if (isMuted(state, alert)) return 'muted';
  if (alert.state === 'ended') return 'ended';
  return state.acknowledged.has(alert.id) ? 'seen' : 'open';
};

/** More than are open at once in practice; the oldest ended alerts are dropped first. */
export const alertsMax = 1000;

/** An alert that arrived between two snapshots. */
export const withAlert = (alerts: readonly Alert[], alert: Alert): Alert[] => {
  const others = alerts.filter((other) => other.id !== alert.id);
  const all = [alert, ...others];
  if (all.length <= alertsMax) return all;
  const ended = all.findLastIndex((other) => other.state === 'ended');
  all.splice(ended >= 0 ? ended : all.length - 1, 1);
  return all;
};
