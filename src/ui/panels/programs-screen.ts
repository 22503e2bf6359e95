// BPF programs and maps, full screen and scrollable: what they do, what they cost, and the counters and events of a user's object.
import type { ProgramsReport } from '../../core/model/programs.js';
import type { Screen } from '../state/screen.js';
import { dim, type Style } from '../terminal/style.js';
import type { Canvas } from '../widgets/canvas.js';
import { type PanelLine, programLines } from './program-lines.js';

const hint = '↑ ↓ scroll  e back';

const reloadCodes = new Set(['object_reloaded', 'reload_failed', 'object_gone']);

/** Who measures what; why runs of a user's object stand still. */
const measurementText = ({ kernelStatistics, measuredSeconds }: ProgramsReport): string => {
  switch (kernelStatistics) {
    case 'unused':
      return 'sampled';
    case 'on':
      return 'kernel statistics on';
    case 'off':
      return `kernel statistics over ${measuredSeconds.toFixed(1)} s`;
    case 'refused':
      return 'kernel statistics not permitted';
  }
};

const linesOf = (screen: Screen, width: number): PanelLine[] =>
  programLines(screen.store.get().programs, {
    width,
    reload: screen.store.get().warnings.findLast(({ code }) => reloadCodes.has(code)) ?? null,
    theme: screen.theme,
    timeOfDay: (timeUs) => screen.timeOfDay(timeUs),
  });

export const programLineCount = (screen: Screen): number =>
  linesOf(screen, screen.store.get().columns).length;

const paintLine = (canvas: Canvas, row: number, { pieces, rule }: PanelLine): void => {
  if (rule) canvas.fill(row, 0, canvas.width, dim, '─');
  for (const { column, text, style, end = canvas.width, right } of pieces) {
    if (right) canvas.textRight(row, column, end, text, style);
    else canvas.text(row, column, text, style, end);
  }
};

export const paintProgramsScreen = (canvas: Canvas, screen: Screen): void => {
  const { programs, programsTop } = screen.store.get();
  const head: Style = screen.theme.columnHead;
  canvas.fill(0, 0, canvas.width, head);
  const at = canvas.text(0, 0, 'BPF PROGRAMS', screen.theme.sortHead);
  const words = programs.report === null ? '' : measurementText(programs.report);
  if (at + words.length + hint.length + 6 <= canvas.width) canvas.text(0, at + 2, words, head);
  canvas.textRight(0, at + 2, canvas.width, hint, head);
  const lines = linesOf(screen, canvas.width);
  if (lines.length === 0) canvas.text(2, 0, 'No tick yet.', dim);
  const room = canvas.height - 1;
  const top = Math.max(0, Math.min(programsTop, lines.length - room));
  for (let row = 0; row < room && top + row < lines.length; row++)
    paintLine(canvas, row + 1, lines[top + row]!);
};
