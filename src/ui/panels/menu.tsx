// A list to choose from: by letter, or by cursor and Enter.
import type { ReactElement } from 'react';
import type { Screen } from '../state/screen.js';
import type { MenuKind } from '../state/screen-state.js';
import { bold, dim, plain } from '../terminal/style.js';
import { type FramedLine, FramedOverlay } from '../widgets/framed-overlay.js';
import { menuItems, menuTitles } from './menu-items.js';

const labelWidth = 28;
const hints: Partial<Record<MenuKind, string>> = {
  columns: 'Space on/off  Esc closes',
  group: 'capital letter: second key  Esc closes',
};

export const Menu = ({
  screen,
  menu,
  index,
}: {
  screen: Screen;
  menu: MenuKind;
  index: number;
}): ReactElement => {
  const { columns, rows } = screen.store.get();
  const items = menuItems(screen, menu);
  const room = Math.max(1, rows - 4);
  const top = Math.max(0, Math.min(index - Math.floor(room / 2), items.length - room));
  const noteWidth = Math.min(40, Math.max(2, ...items.map((item) => item.note.length)));
  const lines: FramedLine[] = items.slice(top, top + room).map((item, at) => ({
    selected: top + at === index,
    pieces: [
      [`${item.key.padEnd(1)} `, bold],
      [item.checked === null ? '' : item.checked ? '✓ ' : '  ', plain],
      [item.label.padEnd(labelWidth), plain],
      [item.note.padEnd(noteWidth), dim],
    ],
  }));
  if (items.length === 0) lines.push({ pieces: [['none yet: V saves the current view', dim]] });
  const hint = hints[menu] ?? 'Enter selects  Esc closes';
  return (
    <FramedOverlay
      screenColumns={columns}
      screenRows={rows}
      title={menuTitles[menu]}
      hint={hint}
      lines={lines}
      titleStyle={screen.theme.title}
      selectedStyle={screen.theme.selected}
    />
  );
};
