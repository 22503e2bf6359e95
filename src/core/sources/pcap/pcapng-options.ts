// Options of pcapng blocks: found by code, hostile lengths end the search.

export interface OptionPlace {
  readonly offset: number;
  readonly length: number;
}

/** The first option `code` between `start` and `end`; null where there is none (or the list is broken before it). */
export function findOption(
  view: DataView,
  start: number,
  end: number,
  code: number,
  littleEndian: boolean,
): OptionPlace | null {
  let position = start;
  while (position + 4 <= end) {
    const optionCode = view.getUint16(position, littleEndian);
    const length = view.getUint16(position + 2, littleEndian);
    const offset = position + 4;
    if (optionCode === 0 || offset + length > end) return null;
    if (optionCode === code) return { offset, length };
    position = offset + ((length + 3) & ~3);
  }
  return null;
}

/** Interface names are untrusted: one line, no control characters, 64 characters. */
export function cleanName(bytes: Uint8Array): string | null {
  const text = new TextDecoder('utf-8').decode(bytes);
  const cleaned = text
    .replace(/\0.*$/s, '')
    .replace(
      /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
      '\ufffd',
    );
  const short = [...cleaned].slice(0, 64).join('').trim();
  return short === '' ? null : short;
}
