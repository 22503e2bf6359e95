// Untrusted text → text that cannot move a cursor, hide or reorder itself: each dangerous character becomes `·`.

// C0, DEL, C1 · soft hyphen, Arabic letter mark, zero width, bidi marks and overrides, line and paragraph separators, isolates,
// invisible operators, fillers, variation selectors, byte order mark, interlinear marks, lone surrogates, tags.
const unsafe = new RegExp(
  [
    String.raw`[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f]`,
    String.raw`[\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]|\u034f`,
    String.raw`[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]`,
    String.raw`\udb40[\udc00-\udfff]`,
  ].join('|'),
  'g',
);

export const REPLACEMENT = '·';

export function safeText(text: string, maxLength = 255): string {
  const short = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
  return short.replace(unsafe, REPLACEMENT);
}
