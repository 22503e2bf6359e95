// Text with one of our looks: our own SGR, because Ink's colours come from a library that guesses what the terminal can do.
import { Text } from 'ink';
import type { ReactElement } from 'react';
import { plain, type Style, transition } from '../terminal/style.js';

export const styled = (text: string, style: Style): string =>
  transition(plain, style) + text + transition(style, plain);

export const Styled = ({ text, style }: { text: string; style: Style }): ReactElement => (
  <Text wrap="truncate">{styled(text, style)}</Text>
);
