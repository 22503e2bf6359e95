// Text in one of our styles, as SGR sequences: Ink's colours come from a library that guesses the terminal's capabilities.
import { plain, type Style, transition } from '../terminal/style.js';

export const styled = (text: string, style: Style): string =>
  transition(plain, style) + text + transition(style, plain);
