// The style of one cell as a small number: 16-colour palette and attributes, and the shortest SGR from one style to the next.

/** Bits 0-4 foreground, 5-9 background (0 = the terminal's own, 1 to 16 = palette), then attributes. */
export type Style = number;

export const plain: Style = 0;

const foregroundMask = 0x1f;
const backgroundMask = 0x3e0;
const backgroundShift = 5;
const attributeMask = 0x7c00;

export const bold: Style = 0x400;
export const dim: Style = 0x800;
export const inverse: Style = 0x1000;
export const underline: Style = 0x2000;
export const italic: Style = 0x4000;

export const colorNames = [
  'default',
  'black',
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'white',
  'brightBlack',
  'brightRed',
  'brightGreen',
  'brightYellow',
  'brightBlue',
  'brightMagenta',
  'brightCyan',
  'brightWhite',
] as const;
export type ColorName = (typeof colorNames)[number];

export const foreground = (name: ColorName): Style => colorNames.indexOf(name);
export const background = (name: ColorName): Style => colorNames.indexOf(name) << backgroundShift;
export const foregroundOf = (style: Style): number => style & foregroundMask;
export const backgroundOf = (style: Style): number => (style & backgroundMask) >> backgroundShift;
export const withoutColor = (style: Style): Style => style & attributeMask;

const foregroundCode = (color: number): number => {
  if (color === 0) return 39;
  return color <= 8 ? 29 + color : 81 + color;
};
const backgroundCode = (color: number): number => foregroundCode(color) + 10;

const attributes: readonly (readonly [bit: Style, on: number, off: number])[] = [
  [bold, 1, 22],
  [dim, 2, 22],
  [italic, 3, 23],
  [underline, 4, 24],
  [inverse, 7, 27],
];

const fullCodes = (style: Style): number[] => {
  const codes: number[] = [];
  for (const [bit, on] of attributes) if (style & bit) codes.push(on);
  if (foregroundOf(style) !== 0) codes.push(foregroundCode(foregroundOf(style)));
  if (backgroundOf(style) !== 0) codes.push(backgroundCode(backgroundOf(style)));
  return codes;
};

const stepCodes = (from: Style, to: Style): number[] => {
  const codes: number[] = [];
  const lostIntensity = (from & ~to & (bold | dim)) !== 0;
  if (lostIntensity) codes.push(22);
  for (const [bit, on, off] of attributes) {
    const intensity = (bit & (bold | dim)) !== 0;
    if (from & ~to & bit && !intensity) codes.push(off);
    if (to & bit && (!(from & bit) || (intensity && lostIntensity))) codes.push(on);
  }
  if (foregroundOf(from) !== foregroundOf(to)) codes.push(foregroundCode(foregroundOf(to)));
  if (backgroundOf(from) !== backgroundOf(to)) codes.push(backgroundCode(backgroundOf(to)));
  return codes;
};

const transitions = new Map<number, string>();
/** Looks on a screen are a few dozen; the cap only guards against a theme that goes wild. */
const transitionsMax = 4096;

/** The shortest escape sequence that changes one style into the other; '' when they are equal. */
export const transition = (from: Style, to: Style): string => {
  if (from === to) return '';
  const key = from * 0x8000 + to;
  const known = transitions.get(key);
  if (known !== undefined) return known;
  const step = stepCodes(from, to).join(';');
  const fresh = fullCodes(to);
  const reset = fresh.length === 0 ? '' : `0;${fresh.join(';')}`;
  const sequence = `\x1b[${reset.length < step.length ? reset : step}m`;
  if (transitions.size >= transitionsMax) transitions.clear();
  transitions.set(key, sequence);
  return sequence;
};

const attributeOn = new Map(attributes.map(([bit, on]) => [on, bit]));
const attributeOff = new Map<number, Style>([
  [22, bold | dim],
  [23, italic],
  [24, underline],
  [27, inverse],
]);

/** What a look becomes after the parameters of an SGR sequence; extended colours (38, 48) fall back to the terminal's own. */
export const applySgr = (style: Style, parameters: string): Style => {
  let next = style;
  const codes = parameters === '' ? [0] : parameters.split(';').map(Number);
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index]!;
    const on = attributeOn.get(code);
    const off = attributeOff.get(code);
    if (code === 0) next = plain;
    else if (on !== undefined) next |= on;
    else if (off !== undefined) next &= ~off;
    else if (code >= 30 && code <= 37) next = (next & ~foregroundMask) | (code - 29);
    else if (code >= 90 && code <= 97) next = (next & ~foregroundMask) | (code - 81);
    else if (code === 39) next &= ~foregroundMask;
    else if (code >= 40 && code <= 47)
      next = (next & ~backgroundMask) | ((code - 39) << backgroundShift);
    else if (code >= 100 && code <= 107)
      next = (next & ~backgroundMask) | ((code - 91) << backgroundShift);
    else if (code === 49) next &= ~backgroundMask;
    else if (code === 38 || code === 48) index += codes[index + 1] === 5 ? 2 : 4;
  }
  return next;
};
