// Text with one of our looks: our own SGR, because Ink's colours come from a library that guesses what the terminal can do.
import { plain, type Style, transition } from '../terminal/style.js';

export const styled = (text: string, style: Style): string =>
  transition(plain, style) + text + transition(style, plain);
