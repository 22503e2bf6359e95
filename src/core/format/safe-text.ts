// Text from strangers → text that cannot move a cursor, hide or reorder itself: each dangerous character becomes `·`.

// C0, DEL, C1 · soft hyphen, Arabic letter mark, zero width, bidi marks and overrides, line and paragraph separators, isolates,
// invisible operators, fillers, variation selectors, byte order mark, interlinear marks, lone surrogates, tags.
// biome-ignore lint/suspicious/noMisleadingCharacterClass: single code units are meant, each is replaced
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\udb40[\udc00-\udfff]/g;

export const REPLACEMENT = '·';

export function safeText(text: string, maxLength = 255): string {
  const short = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
  return short.replace(unsafe, REPLACEMENT);
}
