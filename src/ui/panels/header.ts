// The first lines: what is watched and how, rates in and out, what was lost, what it costs.
import { hookText } from '../../core/format/hook.js';
import { formatAge, formatBytes, formatCount } from '../../core/format/quantity.js';
import type { InterfaceState, Snapshot } from '../../core/model/snapshot.js';
import { stripAlerts } from '../state/alert-order.js';
import type { Screen } from '../state/screen.js';
import type { DirectionRates } from '../state/traffic.js';
import { textWidth } from '../terminal/char-width.js';
import { dim, type Style } from '../terminal/style.js';
import type { Canvas } from '../widgets/canvas.js';
import { grouped, rateNumber, rateText, rateUnit } from '../widgets/quantity.js';
import { shortenEnd } from '../widgets/shorten.js';
import { sparkline } from '../widgets/sparkline.js';

interface Piece {
  readonly text: string;
  readonly style: Style;
}

/** "xdp native", or both directions when they differ in kind: "tcx". */
export const modeText = (state: InterfaceState): string => hookText(state.ingress);

const watchedName = (screen: Screen): string => {
  const { view, interfaces } = screen.store.get();
  if (view.interface !== null) return view.interface;
  if (interfaces.length === 0) return 'starting';
  if (interfaces.length <= 2)
    return interfaces.map((interfaceState) => interfaceState.name).join('+');
  return `${interfaces[0]!.name}+${interfaces.length - 1}`;
};

const shownInterface = (screen: Screen): InterfaceState | undefined => {
  const { view, interfaces } = screen.store.get();
  return (
    interfaces.find((interfaceState) => interfaceState.name === view.interface) ?? interfaces[0]
  );
};

const modePiece = (screen: Screen): Piece => {
  const { pausedFor, ended, snapshot } = screen.store.get();
  const { theme } = screen;
  if (pausedFor !== null)
    return { text: ` PAUSED${pausedFor > 0 ? ` +${pausedFor}` : ''} `, style: theme.paused };
  if (ended) return { text: 'ENDED', style: theme.strong };
  const interfaceState = shownInterface(screen);
  if (interfaceState === undefined) return { text: '', style: dim };
  if (!interfaceState.up) return { text: 'DOWN', style: theme.worst };
  if (snapshot === null)
    return { text: `${modeText(interfaceState)} waiting`, style: theme.warning };
  const generic = interfaceState.ingress.mode === 'generic';
  return { text: modeText(interfaceState), style: generic ? theme.warning : theme.good };
};

const lossStyle = (lost: number, seen: number, screen: Screen): Style => {
  if (lost === 0) return screen.theme.secondary;
  return lost > seen * 0.01 ? screen.theme.worst : screen.theme.warning;
};

/** Nothing is sampled or guessed: what could not be counted by flow is said, and which events were lost. */
export const lossPieces = (screen: Screen, long: boolean): Piece[] => {
  const { snapshot } = screen.store.get();
  if (snapshot === null) return [];
  const packets = snapshot.interfaces.reduce(
    (sum, interfaceState) => sum + interfaceState.received.packets + interfaceState.sent.packets,
    0,
  );
  const untracked = snapshot.untracked.packets;
  const events = snapshot.eventsLost;
  if (untracked === 0 && events === 0 && !long)
    return [{ text: 'lost 0', style: screen.theme.secondary }];
  const pieces: Piece[] = [];
  if (long || untracked > 0)
    pieces.push({
      text: `untracked ${formatCount(untracked)}`,
      style: lossStyle(untracked, packets, screen),
    });
  if (long || events > 0)
    pieces.push({
      text: `events lost ${formatCount(events)}`,
      style: lossStyle(events, packets, screen),
    });
  return pieces;
};

const costPieces = (snapshot: Snapshot | null): Piece[] => {
  const cost = snapshot?.cost;
  if (!cost) return [];
  const pieces: Piece[] = [];
  if (cost.nanosecondsPerPacket !== null)
    pieces.push({ text: `${Math.round(cost.nanosecondsPerPacket)} ns/pkt`, style: dim });
  pieces.push({ text: `cpu ${(cost.cpuShare * 100).toFixed(1)}%`, style: dim });
  pieces.push({ text: `rss ${formatBytes(cost.residentBytes)}`, style: dim });
  return pieces;
};

/** Left to right with two cells between, as many as fit before `end`; returns where it stopped. */
const drawPieces = (
  canvas: Canvas,
  row: number,
  start: number,
  end: number,
  pieces: readonly Piece[],
): number => {
  let at = start;
  for (const piece of pieces) {
    if (piece.text === '') continue;
    const gap = at === start ? 0 : 2;
    if (at + gap + textWidth(piece.text) > end) break;
    at = canvas.text(row, at + gap, piece.text, piece.style, end);
  }
  return at;
};

const piecesWidth = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, piece) => sum + textWidth(piece.text) + 2, -2);

/** The right end of the first line: the pieces that fit, dropped from the left. */
const drawRight = (
  canvas: Canvas,
  row: number,
  start: number,
  pieces: readonly Piece[],
): number => {
  let kept = [...pieces];
  while (kept.length > 0 && piecesWidth(kept) > canvas.width - start) kept = kept.slice(1);
  const width = Math.max(0, piecesWidth(kept));
  drawPieces(canvas, row, canvas.width - width, canvas.width, kept);
  return canvas.width - width;
};

const rateLine = (
  canvas: Canvas,
  row: number,
  start: number,
  end: number,
  direction: 'in' | 'out',
  rates: DirectionRates,
  screen: Screen,
  withPackets: boolean,
): void => {
  const { units } = screen.store.get().looks;
  const color = direction === 'in' ? screen.theme.incoming : screen.theme.outgoing;
  let at = canvas.text(row, start, direction === 'in' ? '▼ ' : '▲ ', color, end);
  const rate = rateNumber(rates.bitsPerSecond, units).padStart(5);
  at = canvas.text(row, at, rate, screen.theme.strong, end);
  at = canvas.text(row, at, `${rateUnit(units)} `, dim, end);
  if (withPackets)
    at = canvas.text(row, at, `${formatCount(rates.packetsPerSecond).padStart(5)}p/s `, dim, end);
  const graph = sparkline(screen.traffic.history.of(direction), Math.max(0, end - at));
  canvas.text(row, at, graph, color, end);
};

const uptime = (snapshot: Snapshot | null): Piece => ({
  text: snapshot === null ? '' : `up ${formatAge(snapshot.elapsedSeconds)}`,
  style: dim,
});

/** The reason for the hook gives way to what the program costs and loses. */
const reasonPiece = (canvas: Canvas, screen: Screen, taken: number): Piece => {
  const reason = shownInterface(screen)?.ingress.reason ?? '';
  const room = Math.min(60, canvas.width - taken - 4);
  return { text: room < 12 ? '' : shortenEnd(reason, room), style: dim };
};

/** What is watched and how, what it costs, what was lost: without the rates. */
export const paintFirstLine = (canvas: Canvas, screen: Screen): void => {
  const state = screen.store.get();
  const { snapshot } = state;
  const alerts = stripAlerts(state).length;
  const name = { text: shortenEnd(watchedName(screen), 24), style: screen.theme.strong };
  const left: Piece[] = [uptime(snapshot)];
  if (snapshot !== null) left.push({ text: `flows ${grouped(snapshot.flowsTracked)}`, style: dim });
  if (alerts > 0)
    left.push({ text: `● ${alerts} alert${alerts === 1 ? '' : 's'}`, style: screen.theme.warning });
  const right: Piece[] = [...costPieces(snapshot), ...lossPieces(screen, canvas.width >= 110)];
  if (snapshot !== null) right.push({ text: screen.timeOfDay(snapshot.wallUs), style: dim });
  const head = [name, modePiece(screen)];
  const taken = piecesWidth([...head, ...left, ...right]) + 2;
  const all = [...head, reasonPiece(canvas, screen, taken), ...left].filter(
    (piece) => piece.text !== '',
  );
  const end = drawRight(canvas, 0, Math.min(canvas.width, piecesWidth(all) + 2), right);
  drawPieces(canvas, 0, 0, end - 1, all);
};

/** Below this the rates stand without graph and unit, and what was lost still has its place. */
const graphsFrom = 60;

const narrowLine = (canvas: Canvas, screen: Screen): void => {
  const { units } = screen.store.get().looks;
  const { incoming, outgoing } = screen.traffic;
  const { theme } = screen;
  const name = { text: shortenEnd(watchedName(screen), 10), style: theme.strong };
  const rates: Piece[] = [
    { text: `▼${rateText(incoming.bitsPerSecond, units)}`, style: theme.incoming },
    { text: `▲${rateText(outgoing.bitsPerSecond, units)}`, style: theme.outgoing },
  ];
  const losses = lossPieces(screen, false);
  const end = drawRight(canvas, 0, textWidth(name.text) + 2, losses);
  const all = [name, modePiece(screen), ...rates];
  const fits = piecesWidth(all) <= end - 1;
  drawPieces(canvas, 0, 0, end - 1, fits ? all : [name, ...rates]);
};

/** Under 100 columns: everything in one line, the graphs fill the remaining width. */
const compactLine = (canvas: Canvas, screen: Screen): void => {
  const { snapshot } = screen.store.get();
  const left: Piece[] = [
    { text: shortenEnd(watchedName(screen), 12), style: screen.theme.strong },
    modePiece(screen),
  ];
  if (canvas.width >= 70) left.push(uptime(snapshot));
  const losses = lossPieces(screen, false);
  const rightStart = drawRight(canvas, 0, piecesWidth(left) + 26, losses);
  const at = drawPieces(canvas, 0, 0, rightStart - 2, left) + 2;
  const room = rightStart - 2 - at;
  const half = Math.floor((room - 2) / 2);
  const { incoming, outgoing } = screen.traffic;
  rateLine(canvas, 0, at, at + half, 'in', incoming, screen, false);
  rateLine(canvas, 0, at + half + 2, at + room, 'out', outgoing, screen, false);
};

const ratesLine = (canvas: Canvas, screen: Screen): void => {
  const { incoming, outgoing, peakIn, peakOut } = screen.traffic;
  const { units } = screen.store.get().looks;
  const peak = `peak ▼${rateText(peakIn, units)} ▲${rateText(peakOut, units)}`;
  const end = canvas.width - textWidth(peak) - 3;
  canvas.textRight(1, end, canvas.width, peak, dim);
  const half = Math.floor((end - 3) / 2);
  rateLine(canvas, 1, 0, half, 'in', incoming, screen, true);
  rateLine(canvas, 1, half + 3, end, 'out', outgoing, screen, true);
};

/** Four lines at the left of a wide header: bits and packets, in and out. */
export const paintTallRates = (canvas: Canvas, screen: Screen): void => {
  const { incoming, outgoing, history } = screen.traffic;
  const { theme } = screen;
  const { units } = screen.store.get().looks;
  const rows = [
    ['▼ ', incoming, 'in', theme.incoming],
    ['▲ ', outgoing, 'out', theme.outgoing],
  ] as const;
  rows.forEach(([mark, rates, key, color], index) => {
    const row = index * 2;
    let at = canvas.text(row, 0, mark, color);
    at = canvas.text(row, at, rateNumber(rates.bitsPerSecond, units).padStart(5), theme.strong);
    at = canvas.text(row, at, `${rateUnit(units)} `, dim);
    canvas.text(row, at + 1, sparkline(history.of(key), canvas.width - at - 1), color);
    const packets = `${formatCount(rates.packetsPerSecond).padStart(5)}p/s `;
    canvas.text(row + 1, 2, packets, dim);
    canvas.text(
      row + 1,
      at + 1,
      sparkline(history.of(`${key}Packets`), canvas.width - at - 1),
      dim,
    );
  });
};

/** One line with the rates in it, two lines in a wide header; the tall header draws its rates below the first line. */
export const paintHeader = (canvas: Canvas, screen: Screen): void => {
  if (canvas.height > 1) {
    paintFirstLine(canvas, screen);
    ratesLine(canvas, screen);
  } else if (canvas.width < graphsFrom) narrowLine(canvas, screen);
  else compactLine(canvas, screen);
};
