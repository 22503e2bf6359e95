// This run on one page: where it is attached and why, which rights it kept, what it costs, and all that it could not see.
import { hookText } from '../../core/format/hook.js';
import { formatAge, formatBytes } from '../../core/format/quantity.js';
import type { Counter } from '../../core/model/counter.js';
import type { InterfaceState, Snapshot } from '../../core/model/snapshot.js';
import type { Rights } from '../state/rights.js';
import type { Screen } from '../state/screen.js';
import { dim, plain, type Style } from '../terminal/style.js';
import { drawBox } from '../widgets/box.js';
import type { Canvas } from '../widgets/canvas.js';
import { grouped } from '../widgets/quantity.js';
import { shortenEnd } from '../widgets/shorten.js';

interface StatusLine {
  readonly label: string;
  readonly text: string;
  readonly style: Style;
}

const labelWidth = 12;
/** More interfaces than that are counted, not listed: the page must not grow out of a small screen. */
const interfacesShown = 6;
const nobody = 65534;

const interfaceLines = (interfaceState: InterfaceState, screen: Screen): StatusLine[] => {
  const reasons = new Set(
    [interfaceState.ingress.reason, interfaceState.egress.reason].filter((text) => text !== ''),
  );
  const hooks = `in ${hookText(interfaceState.ingress)}, out ${hookText(interfaceState.egress)}`;
  return [
    {
      label: interfaceState.name,
      text: `${interfaceState.up ? 'up' : 'DOWN'}   ${hooks}`,
      style: interfaceState.up ? plain : screen.theme.worst,
    },
    ...[...reasons].map((text) => ({ label: '', text, style: dim })),
  ];
};

const userText = (user: number): string =>
  user === 0 ? 'root' : user === nobody ? `nobody (${nobody})` : `user ${user}`;

export const rightsText = (rights: Rights | null): string => {
  if (rights === null) return 'unchanged: there were no privileges to drop';
  if (rights.kept) return 'all privileges kept (--keep-privileges)';
  const kept = rights.capabilities.length === 0 ? 'nothing' : rights.capabilities.join(', ');
  return `runs as ${userText(rights.user)}; kept ${kept}, dropped the rest`;
};

const costLines = ({ cost, intervalSeconds, flowsTracked }: Snapshot): StatusLine[] => {
  if (cost === null) return [{ label: 'cost', text: 'not measured here', style: dim }];
  const each =
    cost.nanosecondsPerPacket === null
      ? 'not measured yet: too few packets'
      : `${Math.round(cost.nanosecondsPerPacket)} ns/packet, sampled`;
  return [
    { label: 'cost', text: each, style: plain },
    {
      label: '',
      text: `cpu ${(cost.cpuShare * 100).toFixed(1)}% of a core   memory ${formatBytes(cost.residentBytes)}   BPF maps ${formatBytes(cost.mapBytes)}`,
      style: plain,
    },
    {
      label: 'a tick',
      text: `every ${intervalSeconds.toFixed(1)} s: drain ${cost.drainMilliseconds.toFixed(1)} ms, then ${cost.tickMilliseconds.toFixed(1)} ms of work`,
      style: plain,
    },
    {
      label: 'flow table',
      text: `${grouped(flowsTracked)} flows tracked   kernel table ${(cost.flowTableFill * 100).toFixed(1)}% full`,
      style: plain,
    },
  ];
};

const named = (rows: Readonly<Record<string, number | Counter>>): string =>
  Object.entries(rows)
    .map(([name, value]): [string, number] => [
      name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase(),
      typeof value === 'number' ? value : value.packets,
    ])
    .filter(([, packets]) => packets > 0)
    .sort(([, left], [, right]) => right - left)
    .map(([name, packets]) => `${name} ${grouped(packets)}`)
    .join(', ');

const withReasons = (
  count: number,
  unit: string,
  reasons: Readonly<Record<string, number | Counter>>,
): string => {
  const why = named(reasons);
  return `${grouped(count)} ${unit}${why === '' ? '' : `: ${why}`}`;
};

const lossLines = (snapshot: Snapshot, screen: Screen): StatusLine[] => {
  const { untracked, untrackedProtocols, expired, malformed, malformedReasons } = snapshot;
  const look = (count: number): Style => (count > 0 ? screen.theme.warning : plain);
  const health = named(snapshot.health);
  return [
    {
      label: 'untracked',
      text: withReasons(untracked.packets, 'packets', untrackedProtocols),
      style: look(untracked.packets),
    },
    {
      label: 'events lost',
      text: grouped(snapshot.eventsLost),
      style: look(snapshot.eventsLost),
    },
    {
      label: 'malformed',
      text: withReasons(malformed.packets, 'packets', malformedReasons),
      style: plain,
    },
    {
      label: 'expired',
      text: `${grouped(expired.packets)} packets of flows removed from the table`,
      style: plain,
    },
    { label: 'fragments', text: `${grouped(snapshot.fragments.packets)} packets`, style: plain },
    ...(health === '' ? [] : [{ label: 'in between', text: health, style: dim }]),
  ];
};

/** Losses of the outputs beside the screen: a stalled reader, a full disk, undelivered alerts. */
const consumerLines = ({ consumers }: Snapshot, screen: Screen): StatusLine[] =>
  consumers.map(({ name, ...lost }, index) => ({
    label: index === 0 ? 'outputs' : '',
    text: `${name}: ${named(lost)}`,
    style: screen.theme.warning,
  }));

const encapsulationLines = ({ encapsulations }: Snapshot): StatusLine[] => {
  const seen = encapsulations
    .map(({ encapsulation, received, sent }): [string, number] => [
      encapsulation,
      received.packets + sent.packets,
    ])
    .filter(([, packets]) => packets > 0)
    .map(([name, packets]) => `${name} ${grouped(packets)}`);
  return seen.length === 0 ? [] : [{ label: 'inside', text: seen.join(', '), style: plain }];
};

export const statusLines = (screen: Screen): StatusLine[] => {
  const { interfaces, snapshot, rights } = screen.store.get();
  const hidden = interfaces.length - interfacesShown;
  const lines = interfaces
    .slice(0, interfacesShown)
    .flatMap((interfaceState) => interfaceLines(interfaceState, screen));
  if (hidden > 0) lines.push({ label: '', text: `and ${hidden} more interfaces`, style: dim });
  lines.push({ label: 'rights', text: rightsText(rights), style: plain });
  if (snapshot === null) return lines;
  const since = formatAge(snapshot.elapsedSeconds);
  lines.push({
    label: 'running',
    text: `${since}, ${grouped(snapshot.sequence)} ticks`,
    style: plain,
  });
  return [
    ...lines,
    ...costLines(snapshot),
    ...lossLines(snapshot, screen),
    ...consumerLines(snapshot, screen),
    ...encapsulationLines(snapshot),
  ];
};

/** Long values go on below, under their own column. */
const wrapped = (lines: readonly StatusLine[], width: number): StatusLine[] =>
  lines.flatMap((line) => {
    const pieces: StatusLine[] = [];
    let rest = line.text;
    let label = line.label;
    while (rest.length > width && width > 8) {
      const space = rest.lastIndexOf(' ', width);
      const cut = space > width / 2 ? space : width;
      pieces.push({ ...line, label, text: rest.slice(0, cut) });
      rest = rest.slice(cut).trimStart();
      label = '';
    }
    return [...pieces, { ...line, label, text: rest }];
  });

export const statusSize = (columns: number, rows: number): { width: number; height: number } => ({
  width: Math.min(columns, 92),
  height: Math.min(rows, 28),
});

const roomFor = (rows: number): number => Math.max(1, rows - 2);

/** How far the page can be scrolled on this screen: 0 where all of it fits. */
export const statusScrollMax = (screen: Screen): number => {
  const { columns, rows } = screen.store.get();
  const { width, height } = statusSize(columns, rows);
  const lines = wrapped(statusLines(screen), width - 4 - labelWidth).length;
  return Math.max(0, lines - roomFor(height));
};

export const paintRunStatus = (canvas: Canvas, screen: Screen): void => {
  const { overlay } = screen.store.get();
  const lines = wrapped(statusLines(screen), canvas.width - 4 - labelWidth);
  // The room is reserved once, how much of it is needed changes.
  const height = Math.min(canvas.height, lines.length + 2);
  const box = canvas.part(0, Math.floor((canvas.height - height) / 2), canvas.width, height);
  const last = Math.max(0, lines.length - roomFor(height));
  const first = Math.min(overlay?.kind === 'run' ? overlay.top : 0, last);
  const hint = last > 0 ? '↑ ↓ more  Esc closes' : 'Esc closes';
  const inside = drawBox(box, 'this run', screen.theme.title, hint);
  lines.slice(first, first + inside.height).forEach(({ label, text, style }, row) => {
    inside.text(row, 0, shortenEnd(label, labelWidth - 1), dim);
    inside.text(row, labelWidth, text, style);
  });
};
