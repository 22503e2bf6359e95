// Everything about one alert: what was seen, against which threshold, between which hosts.
import { formatAge, formatCount } from '../../core/format/quantity.js';
import type { Alert, AlertParty } from '../../core/model/alert.js';
import { isMuted } from '../state/alert-order.js';
import type { Screen } from '../state/screen.js';
import { dim, plain, type Style } from '../terminal/style.js';
import type { Canvas } from '../widgets/canvas.js';
import { shortenEnd } from '../widgets/shorten.js';
import { type AlertFlows, drawAlertFlows } from './alert-flows.js';
import { kindWords, severityWords } from './alert-strip.js';

const labelMin = 12;
const labelMax = 24;
const hidden = new Set(['unit', 'confidence', 'spoofable']);

const partyText = (party: AlertParty | null): string => {
  if (party === null) return 'many, or unknown';
  const port = party.port === undefined ? '' : ` port ${party.port}`;
  return `${party.address ?? ''}${port}${party.mac === undefined ? '' : `  ${party.mac}`}`.trim();
};

const figureText = (value: unknown): string => {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toFixed(2);
  if (typeof value === 'object' && value !== null && 'sample' in value && 'count' in value) {
    const { count, sample } = value as { count: number; sample: readonly string[] };
    return `${formatCount(count)}: ${sample.join(', ')}`;
  }
  if (Array.isArray(value)) return value.map(figureText).join(', ');
  return typeof value === 'string' || typeof value === 'boolean'
    ? String(value)
    : JSON.stringify(value);
};

/** "smallestIntervalSeconds" → "smallest interval seconds". */
const figureWords = (name: string): string =>
  name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();

const wrapped = (text: string, width: number): string[] => {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width && width > 8) {
    const space = rest.lastIndexOf(' ', width);
    const cut = space > width / 2 ? space : width;
    lines.push(rest.slice(0, cut));
    rest = rest.slice(cut).trimStart();
  }
  return [...lines, rest];
};

/** Returns the number of rows drawn, including those that were cut off. */
const drawKernelEvents = (canvas: Canvas, alert: Alert, screen: Screen): number => {
  const { theme } = screen;
  const state = screen.store.get();
  const figures = [
    ...new Set([...Object.keys(alert.evidence), ...Object.keys(alert.threshold)]),
  ].filter((name) => !hidden.has(name));
  const longest = Math.max(...figures.map((name) => figureWords(name).length + 2), 0);
  const labelWidth = Math.max(labelMin, Math.min(labelMax, longest));
  let row = 0;
  const line = (label: string, text: string, style: Style = plain): void => {
    canvas.text(row, 0, shortenEnd(label, labelWidth - 1), dim);
    for (const part of wrapped(text, canvas.width - labelWidth)) {
      canvas.text(row, labelWidth, part, style);
      row++;
    }
  };
  const at = canvas.text(row, 0, severityWords[alert.severity], theme.severity[alert.severity]);
  canvas.text(row, at + 1, kindWords(alert.kind), theme.strong);
  row++;
  for (const part of wrapped(alert.message, canvas.width)) canvas.text(row++, 0, part, plain);
  const age = (alert.lastSeenUs - alert.firstSeenUs) / 1e6;
  const words = [
    alert.state,
    ...(state.acknowledged.has(alert.id) ? ['acknowledged'] : []),
    ...(isMuted(state, alert) ? ['muted'] : []),
  ];
  line('state', `${words.join(', ')}   technique ${alert.technique}`);
  line(
    'seen',
    `${screen.timeOfDay(alert.firstSeenUs)} to ${screen.timeOfDay(alert.lastSeenUs)} (${formatAge(age)})  ×${formatCount(alert.count)} ${alert.evidence.unit}`,
  );
  line('source', partyText(alert.source));
  line('destination', partyText(alert.destination));
  line('where', `${alert.interface}${alert.protocol === null ? '' : `  ${alert.protocol}`}`);
  line(
    'confidence',
    `${alert.evidence.confidence}${alert.evidence.spoofable ? ', could be forged' : ''}`,
  );
  for (const name of figures) {
    const value = alert.evidence[name];
    const limit = alert.threshold[name];
    // A window is the same on both sides, and nothing to cross.
    const window = /window/i.test(name);
    const parts = [
      ...(value === undefined ? [] : [figureText(value)]),
      ...(limit === undefined || (window && value !== undefined)
        ? []
        : [window ? String(limit) : `threshold ${limit}`]),
    ];
    line(figureWords(name), parts.join('   '), value === undefined ? dim : plain);
  }
  return row;
};

/** From this width on, kernel events stand left and flows right. */
const besideFrom = 116;

export const drawAlertDetail = (
  canvas: Canvas,
  alert: Alert,
  flows: AlertFlows,
  screen: Screen,
): void => {
  const { width, height } = canvas;
  if (width >= besideFrom) {
    const left = Math.floor(width * 0.48);
    drawKernelEvents(canvas.part(0, 0, left, height), alert, screen);
    drawAlertFlows(canvas.part(left + 2, 0, width - left - 2, height), flows, screen);
    return;
  }
  // With the focus on them, the flows have the larger part.
  const wanted = (flows.rows?.length ?? 0) + 1;
  const share = flows.index === null ? 3 : 1.5;
  const flowRows = Math.min(wanted, Math.max(3, Math.floor(height / share)));
  const kernelEventRows = drawKernelEvents(
    canvas.part(0, 0, width, height - flowRows - 1),
    alert,
    screen,
  );
  const top = Math.min(kernelEventRows + 1, height - flowRows);
  drawAlertFlows(canvas.part(0, top, width, height - top), flows, screen);
};
