// Help, generated from the key table; in columns on a wide screen, else in pages.
import type { ReactElement } from 'react';
import { keyBindings, keyGroups, keyLabel } from '../state/keymap.js';
import type { Screen } from '../state/screen.js';
import { textWidth } from '../terminal/char-width.js';
import { bold, dim, plain } from '../terminal/style.js';
import { type FramedLine, FramedOverlay } from '../widgets/framed-overlay.js';
import { shortenEnd } from '../widgets/shorten.js';
import { filterHelp } from './filter-help.js';

const keyWidth = 14;
const entryMin = 37;
const entryMax = 48;

type Pieces = FramedLine['pieces'];

const entry = (key: string, text: string, width: number): Pieces => [
  [`${key.padEnd(keyWidth - 1)} `, bold],
  [shortenEnd(text, width - keyWidth - 1).padEnd(width - keyWidth), plain],
];

const allEntries = (width: number): Pieces[] =>
  keyGroups.flatMap(([group, title], index) => [
    ...(index === 0 ? [] : [[[' '.repeat(width), plain]] as Pieces]),
    [[title.padEnd(width), dim]] as Pieces,
    ...keyBindings
      .filter((binding) => binding.group === group && binding.help !== '')
      .map((binding) => entry(keyLabel(binding), binding.help, width)),
  ]);

/** Pages of lines for this size; the language of filters stands at the end. */
export const helpPages = (columns: number, rows: number): FramedLine[][] => {
  const across = Math.max(1, Math.min(3, Math.floor((columns - 4) / entryMin)));
  const width = Math.max(1, Math.min(entryMax, Math.floor((columns - 4) / across)));
  const entries = allEntries(width);
  const blank: Pieces = [[' '.repeat(width), plain]];
  const room = Math.max(1, rows - 4);
  const filterRows = filterHelp.length + 2;
  const wholeHeight = Math.ceil(entries.length / across);
  const height = wholeHeight + filterRows <= room ? wholeHeight : room;
  const pages: FramedLine[][] = [];
  for (let first = 0; first < entries.length; first += height * across) {
    const page: FramedLine[] = [];
    for (let row = 0; row < height; row++) {
      const pieces = Array.from({ length: across }, (_, at) => entries[first + at * height + row]);
      page.push({ pieces: pieces.flatMap((piece) => piece ?? blank) });
    }
    pages.push(page);
  }
  const last = pages.at(-1)!;
  const filterLines: FramedLine[] = [
    { pieces: [['', plain]] },
    { pieces: [['Filter language', dim]] },
    ...filterHelp.map((text): FramedLine => ({ pieces: [[text, plain]] })),
  ];
  if (last.length + filterLines.length <= room) last.push(...filterLines);
  else pages.push(filterLines.slice(1));
  return pages;
};

export const Help = ({ screen, page }: { screen: Screen; page: number }): ReactElement => {
  const { columns, rows } = screen.store.get();
  const pages = helpPages(columns, rows);
  const shown = Math.min(page, pages.length - 1);
  const hint = pages.length > 1 ? 'PgDn next page  Esc closes' : 'Esc closes';
  const title = pages.length > 1 ? `keys  ${shown + 1}/${pages.length}` : 'keys';
  const lines = pages[shown]!;
  return (
    <FramedOverlay
      screenColumns={columns}
      screenRows={rows}
      title={title}
      hint={textWidth(hint) < columns - 8 ? hint : 'Esc'}
      lines={lines}
      titleStyle={screen.theme.title}
      selectedStyle={screen.theme.selected}
    />
  );
};
