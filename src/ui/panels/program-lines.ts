// The programs panel as lines: programs and maps of the monitor, then those of the user's object with its counters and events.
import { formatCount } from '../../core/format/quantity.js';
import { safeText } from '../../core/format/safe-text.js';
import type { MapState, ProgramState } from '../../core/model/programs.js';
import type { Warning } from '../../core/model/snapshot.js';
import { figuresOfEntry, valueText } from '../state/custom-values.js';
import type { ProgramsView } from '../state/programs-view.js';
import { bold, dim, plain, type Style } from '../terminal/style.js';
import { grouped } from '../widgets/quantity.js';
import { shortenEnd } from '../widgets/shorten.js';
import type { Theme } from '../widgets/theme.js';

export interface Piece {
  readonly column: number;
  readonly text: string;
  readonly style: Style;
  /** Where it is cut (default: the panel's edge); not including it. */
  readonly end?: number;
  /** Stands at `end`. */
  readonly right?: boolean;
}

export interface PanelLine {
  readonly pieces: readonly Piece[];
  /** A rule across the panel carries its pieces. */
  readonly rule?: boolean;
}

const nameMin = 14;
const nameMax = 34;
const barCells = 10;
const figureWidth = 7;
const figureCount = 5;
/** Where programs are attached, behind the figures. */
const placeAt = figureCount * figureWidth + 2;

/** The monitor's own programs are listed under their own heading. */
const ownPrefix = /^network_monitor_/;

const heading = (text: string, note = ''): PanelLine => ({
  rule: true,
  pieces: [
    { column: 2, text: ` ${text} `, style: bold },
    ...(note === '' ? [] : [{ column: 5 + text.length, text: ` ${note} `, style: dim }]),
  ],
});

/** For a user's object only: the monitor's own programs measure themselves. */
const unmeasured = "runs are unknown: the kernel's statistics need CAP_SYS_ADMIN and Linux 5.8";

const shortName = (name: string): string => safeText(name.replace(ownPrefix, ''));

const empty: PanelLine = { pieces: [] };

const count = (value: number | null): string => (value === null ? '-' : formatCount(value));

const programLine = (
  program: ProgramState,
  nameWidth: number,
  width: number,
  theme: Theme,
): PanelLine[] => {
  const errors = Object.entries(program.errors);
  const errorSum = errors.reduce((sum, [, value]) => sum + value, 0);
  const idle = program.attachedTo.length === 0;
  const style = idle ? dim : plain;
  const right = (place: number, text: string, its: Style = style): Piece => ({
    column: nameWidth + (place - 1) * figureWidth,
    end: nameWidth + place * figureWidth,
    right: true,
    text,
    style: its,
  });
  const nanoseconds = program.nanosecondsPerRun;
  const lines: PanelLine[] = [
    {
      pieces: [
        { column: 0, text: shortName(program.name), style, end: nameWidth - 1 },
        right(1, count(program.runsPerSecond)),
        right(2, nanoseconds === null ? '-' : String(Math.round(nanoseconds))),
        right(3, count(program.runCount)),
        right(4, count(program.missedCount), program.missedCount > 0 ? theme.warning : style),
        right(5, count(errorSum), errorSum > 0 ? theme.warning : style),
        {
          column: nameWidth + placeAt,
          text: shortenEnd(
            idle ? 'not attached' : safeText(program.attachedTo.join(', ')),
            width - nameWidth - placeAt,
          ),
          style: idle ? dim : style,
        },
      ],
    },
  ];
  if (errors.length > 0) {
    const text = errors.map(([name, value]) => `${safeText(name)} ${grouped(value)}`).join('   ');
    lines.push({ pieces: [{ column: 2, text, style: theme.warning }] });
  }
  return lines;
};

const programHead = (nameWidth: number): PanelLine => ({
  pieces: [
    { column: 0, text: 'PROGRAM', style: dim },
    ...['RUNS/S', 'NS/RUN', 'RUNS', 'DROPS', 'ERRORS'].map((text, index) => ({
      column: nameWidth + index * figureWidth,
      end: nameWidth + (index + 1) * figureWidth,
      right: true,
      text,
      style: dim,
    })),
    { column: nameWidth + placeAt, text: 'AT', style: dim },
  ],
});

const mapLine = (map: MapState, nameWidth: number, theme: Theme): PanelLine => {
  const { entries, maxEntries, kind } = map;
  const share = entries === null || maxEntries === 0 ? null : Math.min(1, entries / maxEntries);
  const filled = share === null ? 0 : Math.max(share > 0 ? 1 : 0, Math.round(share * barCells));
  const full = share !== null && share >= 0.9;
  const figure = (value: number) =>
    kind === 'ringbuf' ? `${formatCount(value)}B` : grouped(value);
  const room = figure(maxEntries);
  const text = entries === null ? room : `${figure(entries)}${map.more ? '+' : ''} of ${room}`;
  return {
    pieces: [
      { column: 0, text: safeText(map.map), style: plain, end: nameWidth - 1 },
      { column: nameWidth, text: kind, style: dim },
      {
        column: nameWidth + 18,
        text: '█'.repeat(filled),
        style: full ? theme.warning : theme.good,
      },
      {
        column: nameWidth + 18 + filled,
        text: share === null ? '' : '─'.repeat(barCells - filled),
        style: dim,
      },
      {
        column: nameWidth + 30,
        text: share === null ? '' : `${(share * 100).toFixed(0)}%`,
        end: nameWidth + 35,
        right: true,
        style: full ? theme.warning : plain,
      },
      { column: nameWidth + 37, text, style: plain },
    ],
  };
};

const mapHead = (nameWidth: number): PanelLine => ({
  pieces: [
    { column: 0, text: 'MAP', style: dim },
    { column: nameWidth, text: 'KIND', style: dim },
    { column: nameWidth + 18, text: 'FILL', style: dim },
    { column: nameWidth + 37, text: 'ENTRIES', style: dim },
  ],
});

const keyShare = 0.45;

function counterLines(view: ProgramsView, width: number, theme: Theme): PanelLine[] {
  const lines: PanelLine[] = [];
  for (const map of view.custom?.maps ?? []) {
    const variables = map.valueType === 'variables';
    const types = variables ? 'global variables' : `${map.keyType} → ${map.valueType}`;
    const more = map.count > map.entries.length ? `, ${map.entries.length} shown` : '';
    const size = variables
      ? ''
      : `   ${grouped(map.count)}${map.complete ? '' : '+'} entries${more}`;
    lines.push({
      pieces: [
        { column: 0, text: safeText(map.map), style: theme.strong },
        { column: map.map.length + 2, text: `${safeText(types)}${size}`, style: dim },
      ],
    });
    const texts = map.entries.map(({ key, value }) => ({ key: valueText(key), value }));
    const longest = Math.max(0, ...texts.map(({ key }) => key.length));
    const keyWidth = variables ? 0 : Math.min(longest, Math.floor(width * keyShare)) + 2;
    // A hash map has no order of its own: lines that change places can't be read.
    if (!map.kind.includes('array')) texts.sort((a, b) => (a.key < b.key ? -1 : 1));
    for (const { key, value } of texts) {
      const pieces: Piece[] = variables
        ? []
        : [{ column: 2, text: shortenEnd(key, keyWidth - 1), style: plain }];
      let column = 2 + keyWidth;
      const figures = figuresOfEntry(map.map, key, value, view.before, view.beforeSeconds);
      for (const { name, text, growth } of figures) {
        if (name !== '') {
          pieces.push({ column, text: safeText(name), style: dim });
          column += name.length + 1;
        }
        pieces.push({ column, text, style: plain });
        column += text.length + 1;
        pieces.push({ column, text: growth, style: theme.good });
        column += growth.length + 2;
      }
      lines.push({ pieces });
    }
  }
  return lines;
}

function eventLines(
  view: ProgramsView,
  timeOfDay: (timeUs: number) => string,
  theme: Theme,
): PanelLine[] {
  return view.events.map(({ wallUs, event, data }) => ({
    pieces: [
      { column: 0, text: timeOfDay(wallUs), style: dim },
      { column: 9, text: safeText(event), style: theme.strong },
      { column: 11 + event.length, text: valueText(data), style: plain },
    ],
  }));
}

export interface ProgramLinesOptions {
  /** What became of the last reload. */
  readonly reload: Warning | null;
  readonly width: number;
  readonly theme: Theme;
  readonly timeOfDay: (timeUs: number) => string;
}

/** The verifier's last lines, joined. */
function reloadLines(
  { code, message, wallUs }: Warning,
  { theme, timeOfDay }: ProgramLinesOptions,
): PanelLine[] {
  const style = code === 'object_reloaded' ? dim : theme.warning;
  return safeText(message, 1000)
    .split(/(?<=refuses program \S+): | \| /)
    .map((text, index) => ({
      pieces: [
        { column: 0, text: index === 0 ? timeOfDay(wallUs) : '', style: dim },
        { column: 9, text, style },
      ],
    }));
}

export function programLines(view: ProgramsView, options: ProgramLinesOptions): PanelLine[] {
  const { width, theme, timeOfDay } = options;
  const { report, custom } = view;
  if (report === null) return [];
  const names = [
    ...report.programs.map(({ name }) => shortName(name)),
    ...report.maps.map(({ map }) => map),
  ];
  const longest = Math.max(0, ...names.map((name) => name.length)) + 2;
  const nameWidth = Math.max(nameMin, Math.min(longest, nameMax, width - 44));
  const block = (owner: 'monitor' | 'object'): PanelLine[] => {
    const programs = report.programs.filter((one) => one.owner === owner);
    const maps = report.maps.filter((one) => one.owner === owner);
    return [
      programHead(nameWidth),
      ...programs.flatMap((program) => programLine(program, nameWidth, width, theme)),
      ...(maps.length === 0 ? [] : [empty, mapHead(nameWidth)]),
      ...maps.map((map) => mapLine(map, nameWidth, theme)),
    ];
  };
  const lines = [heading('the monitor', 'network_monitor_…'), ...block('monitor')];
  if (custom === null) return lines;
  const { object, version, eventsLost } = custom;
  lines.push(empty, heading(safeText(object), `version ${version}`));
  if (options.reload) lines.push(...reloadLines(options.reload, options), empty);
  if (report.kernelStatistics === 'refused' && report.measuredSeconds === 0)
    lines.push({ pieces: [{ column: 0, text: unmeasured, style: theme.warning }] });
  lines.push(...block('object'));
  const counters = counterLines(view, width, theme);
  if (counters.length > 0) lines.push(empty, heading('counters'), ...counters);
  const lost = eventsLost > 0 ? `${grouped(eventsLost)} lost` : '';
  if (view.events.length > 0 || eventsLost > 0)
    lines.push(empty, heading('events', lost), ...eventLines(view, timeOfDay, theme));
  return lines;
}
