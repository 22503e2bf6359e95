// The keyboard's bytes: batches, splits, function keys, pastes and mice, as terminals and networks deliver them.
import { describe, expect, it } from 'vitest';
import { type InputEvent, KeyTokenizer } from '../../../src/ui/terminal/key-tokenizer.js';
import { Random } from '../../support/random.js';

const names = (events: readonly InputEvent[]): string[] =>
  events.map((event) => (event.type === 'key' ? event.key : event.type));
const keysOf = (text: string): string[] => names(new KeyTokenizer().feed(text));

describe('keys', () => {
  it('takes a batch apart', () => {
    expect(keysOf('jjj/port 443\r')).toEqual([
      ...'jjj/port'.split(''),
      'Space',
      ...'443'.split(''),
      'Enter',
    ]);
  });

  it.each([
    ['\x1bOP', 'F1'],
    ['\x1b[11~', 'F1'],
    ['\x1b[[A', 'F1'],
    ['\x1b[15~', 'F5'],
    ['\x1b[21~', 'F10'],
    ['\x1b[24~', 'F12'],
    ['\x1b[A', 'Up'],
    ['\x1bOB', 'Down'],
    ['\x1b[5~', 'PageUp'],
    ['\x1b[H', 'Home'],
    ['\x1b[1~', 'Home'],
    ['\x1b[8~', 'End'],
    ['\x1b[Z', 'Shift-Tab'],
    ['\x1b[1;5C', 'Ctrl-Right'],
    ['\x1b[1;3D', 'Alt-Left'],
    ['\x1b[99;5u', 'Ctrl-C'],
    ['\x1bx', 'Alt-x'],
    ['\x03', 'Ctrl-C'],
    ['\x1a', 'Ctrl-Z'],
    ['\x0c', 'Ctrl-L'],
    ['\x7f', 'Backspace'],
    ['\x08', 'Backspace'],
    [' ', 'Space'],
    ['ä', 'ä'],
    ['🚀', '🚀'],
  ])('reads %j as %s', (bytes, name) => {
    expect(keysOf(bytes)).toEqual([name]);
  });

  it('waits for the rest of a split sequence', () => {
    const keys = new KeyTokenizer();
    expect(keys.feed('\x1b')).toEqual([]);
    expect(keys.incomplete).toBe(true);
    expect(keys.feed('[1')).toEqual([]);
    expect(names(keys.feed('5~'))).toEqual(['F5']);
    expect(keys.incomplete).toBe(false);
  });

  it('calls a lone Esc an Esc after the pause, and two in a row two', () => {
    const keys = new KeyTokenizer();
    keys.feed('\x1b');
    expect(names(keys.flush())).toEqual(['Escape']);
    expect(names(keys.feed('\x1b\x1b'))).toEqual(['Escape']);
    expect(names(keys.flush())).toEqual(['Escape']);
  });

  it('types nothing of a sequence that was cut for ever', () => {
    const keys = new KeyTokenizer();
    keys.feed('\x1b[1;');
    expect(names(keys.flush())).toEqual(['Escape']);
    expect(names(keys.feed('j'))).toEqual(['j']);
  });

  it('ignores sequences that nobody knows, replies of the terminal among them', () => {
    expect(keysOf('\x1b[?2026;2$yj\x1b[>0;276;0ck\x1b[200xl')).toEqual(['j', 'k', 'l']);
  });
});

describe('pastes', () => {
  it('are literal, whatever is in them', () => {
    expect(new KeyTokenizer().feed('\x1b[200~q\x1b[Aport 1\r\x1b[201~j')).toEqual([
      { type: 'paste', text: 'q\x1b[Aport 1\r' },
      { type: 'key', key: 'j', text: 'j' },
    ]);
  });

  it('come in any number of pieces', () => {
    const whole = '\x1b[200~port 443 and host 10.0.0.1\x1b[201~';
    for (let size = 1; size < 9; size++) {
      const keys = new KeyTokenizer();
      const events: InputEvent[] = [];
      for (let at = 0; at < whole.length; at += size)
        events.push(...keys.feed(whole.slice(at, at + size)));
      expect(events).toEqual([{ type: 'paste', text: 'port 443 and host 10.0.0.1' }]);
    }
  });

  it('end at 4,096 characters', () => {
    const keys = new KeyTokenizer();
    keys.feed('\x1b[200~');
    for (let round = 0; round < 100; round++) keys.feed('x'.repeat(1000));
    const [event] = keys.feed('\x1b[201~');
    expect(event?.type === 'paste' && event.text.length).toBe(4096);
  });
});

describe('mice', () => {
  it('press, release, drag and roll', () => {
    const events = new KeyTokenizer().feed(
      '\x1b[<0;5;9M\x1b[<0;5;9m\x1b[<32;6;9M\x1b[<64;1;1M\x1b[<65;1;1M',
    );
    expect(events.map((event) => event.type === 'mouse' && event.action)).toEqual([
      'press',
      'release',
      'drag',
      'wheelUp',
      'wheelDown',
    ]);
    expect(events[0]).toMatchObject({ column: 4, row: 8, button: 0 });
  });
});

describe('random bytes', () => {
  it('never throw, never stall, never grow', () => {
    const random = new Random(11);
    const keys = new KeyTokenizer();
    const pieces = [
      '\x1b',
      '[',
      'O',
      '<',
      '1',
      ';',
      '~',
      'M',
      'A',
      'x',
      '\x1b[200~',
      '\x1b[201~',
      '\r',
    ];
    for (let round = 0; round < 50_000; round++) {
      keys.feed(random.pick(pieces));
      if (random.next() < 0.05) keys.flush();
    }
    keys.feed('\x1b[201~');
    keys.flush();
    expect(names(keys.feed('j'))).toEqual(['j']);
  });
});
