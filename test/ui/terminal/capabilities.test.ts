// Which terminals get colours, which get UTF-8, and which get no screen at all.
import { describe, expect, it } from 'vitest';
import { looksFrom } from '../../../src/ui/state/settings.js';
import { detectCapabilities, screenRefusal } from '../../../src/ui/terminal/capabilities.js';

const noFlags = { color: null, ascii: false };
const utf8 = { LANG: 'en_US.UTF-8' };

describe('capabilities', () => {
  it.each([
    [{ TERM: 'xterm-256color', ...utf8 }, true, true, true],
    [{ TERM: 'xterm-256color', LANG: 'C' }, true, false, true],
    [{ TERM: 'xterm-256color', LANG: 'C', LC_ALL: 'C.UTF-8' }, true, true, true],
    [{ TERM: 'xterm', NO_COLOR: '1', ...utf8 }, false, true, true],
    [{ TERM: 'xterm', NO_COLOR: '', ...utf8 }, true, true, true],
    [{ TERM: 'linux', ...utf8 }, true, false, false],
    [{ TERM: 'vt100', ...utf8 }, false, false, false],
    [{ TERM: 'screen', ...utf8 }, true, true, false],
    [{ TERM: 'screen-256color', TMUX: '/tmp/x', ...utf8 }, true, true, true],
    [{ TERM: 'xterm', CI: '1', ...utf8 }, true, true, true],
  ])('%j', (env, color, unicode, synchronized) => {
    expect(detectCapabilities(env, noFlags, true)).toEqual({
      color,
      unicode,
      synchronized,
      clipboard: !/^(linux|vt)/.test(env.TERM),
      lightBackground: false,
      keyboard: true,
    });
  });

  it('know a light background where the terminal tells', () => {
    const of = (colors: string): boolean =>
      detectCapabilities({ TERM: 'xterm', COLORFGBG: colors }, noFlags, true).lightBackground;
    expect(['0;15', '0;default;15', '0;7', '15;0', '12;8', ''].map(of)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(looksFrom({}, true).theme).toBe('light');
    expect(looksFrom({ theme: 'bright' }, true).theme).toBe('bright');
    expect(looksFrom({ theme: 'terminal' }, true).theme).toBe('terminal');
  });

  it('let the options have the last word', () => {
    const env = { TERM: 'xterm', NO_COLOR: '1', ...utf8 };
    expect(detectCapabilities(env, { color: true, ascii: true }, true)).toMatchObject({
      color: true,
      unicode: false,
    });
  });

  it('refuse a dumb terminal and a pipe with the way out', () => {
    expect(screenRefusal({ TERM: 'dumb' }, true)?.advice).toContain('--once');
    expect(screenRefusal({ TERM: 'xterm' }, false)?.advice).toContain('--json');
    expect(screenRefusal({}, true)?.message).toContain('TERM');
    expect(screenRefusal({ TERM: 'vt100' }, true)).toBeNull();
  });
});
