// The style of each element. Attributes carry the meaning too, so that nothing is lost without colour.
import type { Severity } from '../../core/model/alert.js';
import {
  background,
  bold,
  dim,
  foreground,
  inverse,
  plain,
  type Style,
  underline,
} from '../terminal/style.js';

export interface Theme {
  readonly name: string;
  readonly text: Style;
  /** Ports, totals, ages, rules, footer words. */
  readonly secondary: Style;
  readonly strong: Style;
  readonly title: Style;
  readonly columnHead: Style;
  readonly sortHead: Style;
  readonly selected: Style;
  /** The cell of the selected row that `=` and `!` would use. */
  readonly selectedCell: Style;
  readonly incoming: Style;
  readonly outgoing: Style;
  readonly good: Style;
  readonly warning: Style;
  readonly bad: Style;
  readonly worst: Style;
  readonly paused: Style;
  readonly promptMark: Style;
  readonly error: Style;
  readonly key: Style;
  readonly pinned: Style;
  readonly severity: Readonly<Record<Severity, Style>>;
}

const terminal: Theme = {
  name: 'terminal',
  text: plain,
  secondary: dim,
  strong: bold,
  title: bold,
  columnHead: inverse,
  sortHead: inverse | bold,
  selected: inverse,
  selectedCell: inverse | bold | underline,
  incoming: foreground('green'),
  outgoing: foreground('blue'),
  good: foreground('green'),
  warning: foreground('yellow'),
  bad: foreground('red'),
  worst: foreground('red') | bold,
  paused: foreground('yellow') | inverse,
  promptMark: foreground('cyan') | bold,
  error: foreground('red') | bold,
  key: bold,
  pinned: foreground('cyan'),
  severity: {
    critical: foreground('brightWhite') | background('red') | bold,
    high: foreground('red') | bold,
    medium: foreground('yellow'),
    low: foreground('cyan'),
    info: dim,
  },
};

/** Without colour the words for trouble differ by weight, underline and inversion. */
const monochrome: Theme = {
  ...terminal,
  name: 'mono',
  incoming: plain,
  outgoing: plain,
  good: plain,
  warning: underline,
  bad: bold,
  worst: bold | underline,
  paused: inverse | bold,
  promptMark: bold,
  error: bold,
  pinned: bold,
  severity: {
    critical: inverse | bold,
    high: bold | underline,
    medium: bold,
    low: plain,
    info: dim,
  },
};

/** Dark blue on black is hard to read on many terminals: brighter shades, for those. */
const bright: Theme = {
  ...terminal,
  name: 'bright',
  incoming: foreground('brightGreen'),
  outgoing: foreground('brightBlue'),
  good: foreground('brightGreen'),
  warning: foreground('brightYellow'),
  bad: foreground('brightRed'),
  worst: foreground('brightRed') | bold,
  promptMark: foreground('brightCyan') | bold,
  error: foreground('brightRed') | bold,
  pinned: foreground('brightCyan'),
};

/** Yellow and cyan vanish on white paper: magenta and blue stand in. */
const light: Theme = {
  ...terminal,
  name: 'light',
  warning: foreground('magenta'),
  paused: foreground('magenta') | inverse,
  promptMark: foreground('blue') | bold,
  pinned: foreground('blue'),
  severity: { ...terminal.severity, medium: foreground('magenta'), low: foreground('blue') },
};

/** No red against green: blue and yellow, with weight for the worst. */
const colorBlind: Theme = {
  ...terminal,
  name: 'colorblind',
  incoming: foreground('cyan'),
  outgoing: foreground('yellow'),
  good: foreground('cyan'),
  warning: foreground('yellow'),
  bad: foreground('yellow') | bold,
  worst: foreground('brightYellow') | bold | underline,
  error: bold | underline,
  severity: {
    ...terminal.severity,
    critical: foreground('black') | background('yellow') | bold,
    high: foreground('yellow') | bold,
    medium: foreground('yellow'),
  },
};

export const themes: readonly Theme[] = [terminal, bright, light, colorBlind, monochrome];

/** An unknown name is the caller's error to report; without colour there is only one choice. */
export const themeFor = (name: string, color: boolean): Theme =>
  color ? (themes.find((theme) => theme.name === name) ?? terminal) : monochrome;
