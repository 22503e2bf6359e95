// A framed box in the middle of the screen, over everything else.
import { Text } from 'ink';
import type { ReactElement } from 'react';
import { textWidth } from '../terminal/char-width.js';
import { dim, type Style } from '../terminal/style.js';
import { Overlay } from './painted.js';
import { shortenEnd } from './shorten.js';
import { styled } from './styled.js';

export interface FramedLine {
  readonly pieces: readonly (readonly [text: string, style: Style])[];
  readonly selected?: boolean;
}

export interface FramedOverlayProps {
  readonly screenColumns: number;
  readonly screenRows: number;
  readonly title: string;
  readonly hint: string;
  readonly lines: readonly FramedLine[];
  readonly titleStyle: Style;
  readonly selectedStyle: Style;
}

const lineText = (line: FramedLine, width: number, selectedStyle: Style): string => {
  let room = width;
  let text = '';
  for (const [piece, style] of line.pieces) {
    const shown = shortenEnd(piece, room);
    room -= textWidth(shown);
    text += styled(shown, line.selected ? selectedStyle : style);
    if (room <= 0) break;
  }
  return text + styled(' '.repeat(Math.max(0, room)), line.selected ? selectedStyle : 0);
};

/** As high as the lines need, at most the screen: what does not fit is the caller's to scroll. */
export const FramedOverlay = (props: FramedOverlayProps): ReactElement => {
  const { screenColumns, screenRows, lines, title, hint } = props;
  const widest = Math.max(
    textWidth(title) + 4,
    textWidth(hint) + 4,
    ...lines.map((line) => line.pieces.reduce((sum, [text]) => sum + textWidth(text), 0)),
  );
  const inside = Math.max(1, Math.min(widest, screenColumns - 4));
  const height = Math.max(1, Math.min(lines.length, screenRows - 2));
  const top = `┌─ ${styled(shortenEnd(title, inside - 2), props.titleStyle)}${styled(` ${'─'.repeat(Math.max(0, inside - 1 - textWidth(shortenEnd(title, inside - 2))))}┐`, dim)}`;
  const hintText = shortenEnd(hint, inside - 2);
  const bottom = `└${'─'.repeat(Math.max(0, inside - 1 - textWidth(hintText)))} ${hintText} ─┘`;
  const rows = [
    styled(top.slice(0, 3), dim) + top.slice(3),
    ...lines
      .slice(0, height)
      .map(
        (line) =>
          `${styled('│ ', dim)}${lineText(line, inside, props.selectedStyle)}${styled(' │', dim)}`,
      ),
    styled(bottom, dim),
  ];
  return (
    <Overlay
      width={inside + 4}
      height={height + 2}
      left={Math.max(0, Math.floor((screenColumns - inside - 4) / 2))}
      top={Math.max(0, Math.floor((screenRows - height - 2) / 2))}
    >
      <Text wrap="truncate">{rows.join('\n')}</Text>
    </Overlay>
  );
};
