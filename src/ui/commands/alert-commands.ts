// What keys do to alerts: the full screen, acknowledge, mute.
import type { Alert } from '../../core/model/alert.js';
import type { MonitorPort } from '../../core/model/monitor-port.js';
import { listedAlerts, stripAlerts } from '../state/alert-order.js';
import type { Screen } from '../state/screen.js';

const muteMicroseconds = 3600 * 1e6;

export class AlertCommands {
  constructor(
    private readonly screen: Screen,
    private readonly port: MonitorPort,
  ) {}

  selected(): Alert | undefined {
    const state = this.screen.store.get();
    if (state.alertsScreen) return listedAlerts(state)[state.alertIndex];
    if (state.detail?.kind === 'alert') {
      const { id } = state.detail;
      return state.alerts.find((alert) => alert.id === id);
    }
    const alerts = stripAlerts(state);
    return state.focus === 'alerts'
      ? alerts[Math.min(state.alertIndex, alerts.length - 1)]
      : alerts[0];
  }

  toggleAlerts(): void {
    const { store } = this.screen;
    const open = store.get().alertsScreen;
    store.update({ alertsScreen: !open, alertIndex: 0, focus: 'flows', detail: null });
  }

  acknowledge(): void {
    const { store } = this.screen;
    const alert = this.selected();
    if (alert === undefined) {
      this.screen.say('there is no alert to acknowledge');
      return;
    }
    this.port.acknowledgeAlert(alert.id);
    store.update({ acknowledged: new Set([...store.get().acknowledged, alert.id]) });
    this.leaveEmptyStrip();
  }

  mute(): void {
    const { store } = this.screen;
    const alert = this.selected();
    if (alert === undefined) {
      this.screen.say('there is no alert to mute');
      return;
    }
    const untilUs = alert.lastSeenUs + muteMicroseconds;
    this.port.muteAlert(alert.id, untilUs);
    store.update({ muted: new Map([...store.get().muted, [alert.id, untilUs]]) });
    this.screen.say(`muted for an hour: ${alert.message}`);
    this.leaveEmptyStrip();
  }

  private leaveEmptyStrip(): void {
    const { store } = this.screen;
    const state = store.get();
    if (state.focus === 'alerts' && stripAlerts(state).length === 0)
      store.update({ focus: 'flows' });
  }
}
