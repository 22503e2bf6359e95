// Bytes from the keyboard → keys, pastes and mouse events: batches, split sequences and function keys, in any terminal's spelling.

export interface KeyEvent {
  readonly type: 'key';
  /** "a", "A", "/", "Space", "Enter", "Escape", "Up", "PageDown", "F5", "Ctrl-C", "Alt-x", "Shift-Tab". */
  readonly key: string;
  /** What the key would write into a prompt; '' for keys that write nothing. */
  readonly text: string;
}
export interface PasteEvent {
  readonly type: 'paste';
  readonly text: string;
}
export interface MouseEvent {
  readonly type: 'mouse';
  readonly action: 'press' | 'release' | 'drag' | 'wheelUp' | 'wheelDown';
  /** 0 = left. */
  readonly button: number;
  /** From 0. */
  readonly column: number;
  readonly row: number;
}
export type InputEvent = KeyEvent | PasteEvent | MouseEvent;

/** This pause distinguishes a lone Esc from a sequence that the network split. */
export const escapePauseMilliseconds = 50;
/** Longer than any sequence a terminal sends: what doesn't end by then is thrown away. */
const sequenceMax = 64;
/** A paste fills at most one prompt line; the rest is dropped. */
const pasteMax = 4096;

const pasteStart = '\x1b[200~';
const pasteEnd = '\x1b[201~';

const finalKeys: Readonly<Record<string, string>> = {
  A: 'Up',
  B: 'Down',
  C: 'Right',
  D: 'Left',
  E: 'Begin',
  F: 'End',
  H: 'Home',
  P: 'F1',
  Q: 'F2',
  R: 'F3',
  S: 'F4',
  Z: 'Shift-Tab',
  M: 'Enter',
};
const tildeKeys: Readonly<Record<number, string>> = {
  1: 'Home',
  2: 'Insert',
  3: 'Delete',
  4: 'End',
  5: 'PageUp',
  6: 'PageDown',
  7: 'Home',
  8: 'End',
  11: 'F1',
  12: 'F2',
  13: 'F3',
  14: 'F4',
  15: 'F5',
  17: 'F6',
  18: 'F7',
  19: 'F8',
  20: 'F9',
  21: 'F10',
  23: 'F11',
  24: 'F12',
};
const linuxFunctionKeys: Readonly<Record<string, string>> = {
  A: 'F1',
  B: 'F2',
  C: 'F3',
  D: 'F4',
  E: 'F5',
};
const controlKeys: Readonly<Record<number, string>> = {
  0: 'Ctrl-Space',
  8: 'Backspace',
  9: 'Tab',
  10: 'Enter',
  13: 'Enter',
  28: 'Ctrl-\\',
  29: 'Ctrl-]',
  30: 'Ctrl-^',
  31: 'Ctrl-_',
  127: 'Backspace',
};

const key = (name: string, text = ''): KeyEvent => ({ type: 'key', key: name, text });

const withModifiers = (name: string, parameter: number): string => {
  const bits = Math.max(0, parameter - 1);
  let result = name;
  if (bits & 1 && name !== 'Shift-Tab') result = `Shift-${result}`;
  if (bits & 2) result = `Alt-${result}`;
  if (bits & 4) result = `Ctrl-${result}`;
  return result;
};

const plainKey = (character: string): KeyEvent => {
  const code = character.codePointAt(0)!;
  if (code === 0x20) return key('Space', ' ');
  const control = controlKeys[code];
  if (control !== undefined) return key(control);
  if (code < 0x20) return key(`Ctrl-${String.fromCharCode(code + 0x40)}`);
  return key(character, character);
};

const mouse = (parameters: string, final: string): MouseEvent | null => {
  const [code, column, row] = parameters.slice(1).split(';').map(Number);
  if (code === undefined || !column || !row) return null;
  const place = { type: 'mouse' as const, button: code & 3, column: column - 1, row: row - 1 };
  if (code & 64) {
    if ((code & 3) > 1) return null;
    return { ...place, action: code & 1 ? 'wheelDown' : 'wheelUp' };
  }
  if (code & 32) return { ...place, action: 'drag' };
  return { ...place, action: final === 'M' ? 'press' : 'release' };
};

const controlSequence = (parameters: string, final: string): InputEvent | null => {
  if (parameters.startsWith('<') && (final === 'M' || final === 'm'))
    return mouse(parameters, final);
  const numbers = parameters.split(';').map((text) => Number.parseInt(text, 10));
  const modifier = numbers[1] ?? 1;
  if (final === '~') {
    const name = tildeKeys[numbers[0] ?? 0];
    return name === undefined ? null : key(withModifiers(name, modifier));
  }
  if (final === 'u' && numbers[0] !== undefined && numbers[0] > 0 && numbers[0] <= 0x10ffff) {
    const name = plainKey(String.fromCodePoint(numbers[0]));
    return modifier <= 2 ? name : key(withModifiers(name.key.toUpperCase(), modifier));
  }
  const name = finalKeys[final];
  return name === undefined ? null : key(withModifiers(name, modifier));
};

export class KeyTokenizer {
  private pending = '';
  private paste: string | null = null;

  /** True while the tail of a sequence is missing: call `flush` after `escapePauseMilliseconds`. */
  get incomplete(): boolean {
    return this.pending !== '' && this.paste === null;
  }

  feed(text: string): InputEvent[] {
    this.pending += text;
    const events: InputEvent[] = [];
    for (;;) {
      if (this.paste !== null && !this.takePaste(events)) return events;
      if (this.pending === '') return events;
      if (!this.takeOne(events)) return events;
    }
  }

  /** Nothing followed: an Esc was an Esc, and what came after it keys of their own. */
  flush(): InputEvent[] {
    const events: InputEvent[] = [];
    while (this.pending !== '' && this.paste === null) {
      const rest = this.pending;
      if (rest[0] === '\x1b') {
        events.push(key('Escape'));
        this.pending = '';
        // A cut sequence ("\x1b[1;") must not be typed into the prompt.
        if (rest.length > 1 && rest[1] !== '[' && rest[1] !== 'O')
          events.push(...this.feed(rest.slice(1)));
      } else events.push(...this.feed(''));
    }
    return events;
  }

  private takePaste(events: InputEvent[]): boolean {
    const end = this.pending.indexOf(pasteEnd);
    if (end >= 0) {
      const text = (this.paste + this.pending.slice(0, end)).slice(0, pasteMax);
      this.pending = this.pending.slice(end + pasteEnd.length);
      this.paste = null;
      events.push({ type: 'paste', text });
      return true;
    }
    // The end mark itself may be split over two reads.
    const kept = Math.min(this.pending.length, pasteEnd.length - 1);
    const safe = this.pending.length - kept;
    this.paste = (this.paste + this.pending.slice(0, safe)).slice(0, pasteMax);
    this.pending = this.pending.slice(safe);
    return false;
  }

  /** Consumes one event from the front; false when more bytes are needed. */
  private takeOne(events: InputEvent[]): boolean {
    if (this.pending[0] !== '\x1b') {
      const character = String.fromCodePoint(this.pending.codePointAt(0)!);
      this.pending = this.pending.slice(character.length);
      events.push(plainKey(character));
      return true;
    }
    if (this.pending.length === 1) return false;
    const second = this.pending[1]!;
    if (second === '[') return this.takeControlSequence(events);
    if (second === 'O') {
      const third = this.pending[2];
      if (third === undefined) return false;
      this.pending = this.pending.slice(3);
      const name = finalKeys[third];
      if (name !== undefined) events.push(key(name));
      return true;
    }
    if (second === '\x1b') {
      this.pending = this.pending.slice(1);
      events.push(key('Escape'));
      return true;
    }
    const character = String.fromCodePoint(this.pending.codePointAt(1)!);
    this.pending = this.pending.slice(1 + character.length);
    events.push(key(`Alt-${plainKey(character).key}`));
    return true;
  }

  private takeControlSequence(events: InputEvent[]): boolean {
    if (this.pending.startsWith(pasteStart)) {
      this.pending = this.pending.slice(pasteStart.length);
      this.paste = '';
      return true;
    }
    if (this.pending[2] === '[') {
      const third = this.pending[3];
      if (third === undefined) return false;
      this.pending = this.pending.slice(4);
      const name = linuxFunctionKeys[third];
      if (name !== undefined) events.push(key(name));
      return true;
    }
    for (let index = 2; index < this.pending.length; index++) {
      const code = this.pending.charCodeAt(index);
      if (code === 0x1b || index >= sequenceMax) {
        this.pending = this.pending.slice(index);
        return true;
      }
      if (code >= 0x40 && code <= 0x7e) {
        const event = controlSequence(this.pending.slice(2, index), this.pending[index]!);
        this.pending = this.pending.slice(index + 1);
        if (event !== null) events.push(event);
        return true;
      }
    }
    return this.pending.length > sequenceMax && this.drop();
  }

  private drop(): boolean {
    this.pending = '';
    return true;
  }
}
