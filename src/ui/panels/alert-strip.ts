// The alert lines above the footer, shown only while unseen alerts are open.

import { formatCount } from '../../core/format/quantity.js';
import type { Alert } from '../../core/model/alert.js';
import { stripAlerts } from '../state/alert-order.js';
import type { Screen } from '../state/screen.js';
import { textWidth } from '../terminal/char-width.js';
import { dim } from '../terminal/style.js';
import type { Canvas } from '../widgets/canvas.js';
import { shortenEnd } from '../widgets/shorten.js';

export const severityWords = {
  critical: 'CRIT',
  high: 'HIGH',
  medium: 'MED',
  low: 'LOW',
  info: 'INFO',
} as const;

const acronyms =
  /\b(arp|dns|icmp|syn|ack|fin|udp|tcp|ip|dhcp|http|tls|smb|rst|ttl|mac|ndp|ra|stp|vlan|ssh|rdp|ntp|snmp)\b/g;

/** "port_scan_syn" → "Port scan SYN". */
export const kindWords = (kind: string): string => {
  const words = kind.replaceAll('_', ' ').replace(acronyms, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
};

export const drawAlertLine = (
  canvas: Canvas,
  row: number,
  alert: Alert,
  screen: Screen,
  faded: boolean,
): void => {
  const { theme } = screen;
  let at = canvas.text(row, 0, screen.timeOfDay(alert.firstSeenUs), dim) + 1;
  const word = severityWords[alert.severity];
  canvas.text(row, at, word, faded ? dim : theme.severity[alert.severity]);
  at += 5;
  const count = alert.count > 1 ? `×${formatCount(alert.count)}` : '';
  const end = canvas.width - (count === '' ? 0 : textWidth(count) + 1);
  const kindWidth = canvas.width >= 100 ? 22 : 16;
  canvas.text(row, at, shortenEnd(kindWords(alert.kind), kindWidth), faded ? dim : 0, end);
  at += kindWidth + 1;
  canvas.text(row, at, shortenEnd(alert.message, end - at), dim, end);
  canvas.textRight(row, end, canvas.width, count, dim);
};

export const paintAlertStrip = (canvas: Canvas, screen: Screen): void => {
  const state = screen.store.get();
  const alerts = stripAlerts(state);
  const shown = Math.min(alerts.length, canvas.height - 1);
  canvas.fill(0, 0, canvas.width, dim, '─');
  const of = shown < alerts.length ? `${shown} of ${alerts.length}` : `${alerts.length}`;
  const title = state.focus === 'alerts' ? screen.theme.strong : dim;
  canvas.text(0, 2, ` alerts ${of} `, title);
  for (let index = 0; index < shown; index++) {
    const row = index + 1;
    drawAlertLine(canvas, row, alerts[index]!, screen, false);
    if (state.focus === 'alerts' && index === Math.min(state.alertIndex, shown - 1))
      canvas.restyle(row, 0, canvas.width, () => screen.theme.selected);
  }
};
