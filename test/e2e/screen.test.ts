// The screen in a real terminal: keys, resizes, signals, stopped readers, and the way out, whatever happens.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Random } from '../support/random.js';
import {
  runSimulatedProgram,
  type SimulationReport,
  simulatedOptions,
} from '../support/simulated-program.js';
import { Terminal, type TerminalOptions } from '../support/terminal.js';

const asProgram = '--as-simulated-program';

/** The same file is the program under test: bundled once, nothing to find. */
if (process.argv.includes(asProgram)) {
  await runSimulatedProgram(simulatedOptions(process.argv));
} else {
  defineTests();
}

function defineTests(): void {
  const self = fileURLToPath(import.meta.url);
  const folder = mkdtempSync(join(tmpdir(), 'knp-screen-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  let terminal: Terminal | null = null;
  afterEach(() => terminal?.close());

  const commandLine = (args: readonly string[]): string[] => [self, asProgram, ...args];
  const start = (args: readonly string[] = [], options: TerminalOptions = {}): Terminal => {
    terminal = new Terminal(process.execPath, commandLine(args), options);
    return terminal;
  };
  const shellLine = (args: readonly string[]): string =>
    [process.execPath, ...commandLine(args)].map((word) => `'${word}'`).join(' ');
  const started = (screen: Terminal): Promise<void> =>
    screen.until(
      'table with flows',
      (text) => /SOURCE.*DESTINATION/.test(text) && /[→←]/.test(text),
    );
  const restored = (screen: Terminal): void => {
    assert.equal(screen.onAlternateScreen, false);
    const tail = screen.received.slice(-400);
    for (const sequence of ['\x1b[?25h', '\x1b[?7h', '\x1b[?2004l', '\x1b[?1049l'])
      assert.ok(tail.includes(sequence), `${JSON.stringify(sequence)} in ${JSON.stringify(tail)}`);
  };

  /** Fails when the process is still there after a quarter of a minute. */
  const gone = async (processId: number): Promise<void> => {
    for (let turn = 0; turn < 300; turn++) {
      try {
        process.kill(processId, 0);
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(`process ${processId} is still there`);
  };

  describe('a session', () => {
    it('shows flows, obeys keys, and leaves with q and 0', async () => {
      const screen = start(['--alerts']);
      await started(screen);
      assert.equal(screen.onAlternateScreen, true);
      screen.type('jj/port 443\r');
      await screen.until('filter in the footer', (text) => text.includes('/port 443'));
      screen.type('?');
      await screen.until('help', (text) => text.includes('┌─ keys'));
      screen.type('\x1b');
      await screen.until('no help', (text) => !text.includes('┌─ keys'));
      screen.type('\x1bOP');
      await screen.until('help by F1', (text) => text.includes('┌─ keys'));
      screen.type('\x1b');
      await screen.until('no help', (text) => !text.includes('┌─ keys'));
      screen.type('q');
      assert.equal((await screen.exit()).status, 0);
      restored(screen);
    });

    it('gives back cooked keys and echo', async () => {
      terminal = new Terminal('/bin/sh', ['-c', `${shellLine([])}; stty -a; echo END`], {});
      const screen = terminal;
      await started(screen);
      screen.type('\x03');
      await screen.until('stty', (text) => text.includes('END'));
      assert.match(screen.text(), /[^-]icanon/);
      assert.match(screen.text(), /[^-]echo /);
      assert.match(screen.text(), /[^-]opost/);
    });

    it('takes keys from the terminal when stdin is a pipe', async () => {
      terminal = new Terminal('/bin/sh', ['-c', `echo x | ${shellLine([])}; echo "END $?"`], {});
      const screen = terminal;
      await started(screen);
      screen.type('q');
      await screen.until('end', (text) => text.includes('END 0'));
    });

    it('scrolls and selects by mouse when asked to', async () => {
      const screen = start(['--mouse', '--flows', '200']);
      await started(screen);
      assert.ok(screen.received.includes('\x1b[?1006h'));
      const third = screen.lines()[5]!;
      screen.type('\x1b[<0;5;6M\x1b[<0;5;6m');
      screen.type('\x1b[<0;5;6M\x1b[<0;5;6m');
      await screen.until('detail of the clicked row', (text) => text.includes('┌─ flow '));
      assert.ok(screen.text().includes(third.split(/[ :]/)[0]!));
      screen.type('q');
      await screen.exit();
      assert.ok(screen.received.includes('\x1b[?1006l'));
    });
  });

  describe('surroundings', () => {
    it('NO_COLOR: no colour is ever sent', async () => {
      const screen = start(['--alerts'], { env: { NO_COLOR: '1' } });
      await started(screen);
      screen.type('?q');
      screen.type('q');
      await screen.exit();
      assert.doesNotMatch(
        screen.received,
        /\x1b\[(?:[0-9;]*;)?(?:3[0-79]|4[0-79]|9[0-7]|10[0-7])(?:;[0-9;]*)?m/,
      );
    });

    it('a locale without UTF-8: only ASCII is sent', async () => {
      const screen = start(['--alerts'], { env: { LANG: 'C' } });
      await screen.until(
        'table',
        (text) => /SOURCE.*DESTINATION/.test(text) && / [<>] /.test(text),
      );
      screen.type('?');
      await screen.until('help', (text) => text.includes('+- keys'));
      screen.type('qq');
      await screen.exit();
      assert.match(screen.received, /^[\x00-\x7f]*$/);
    });

    it('CI=1: a screen like any other', async () => {
      const screen = start([], { env: { CI: '1' } });
      await started(screen);
      screen.type('q');
      assert.equal((await screen.exit()).status, 0);
    });

    it('a dumb terminal: refused with the way out, nothing sent', async () => {
      const screen = start([], { env: { TERM_FOR_TEST: 'dumb' } });
      assert.notEqual((await screen.exit()).status, 0);
      assert.match(screen.text(), /--once/);
      assert.ok(!screen.received.includes('\x1b[?1049h'));
    });
  });

  describe('signals', () => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      it(`${signal} ends it with 0 and gives the terminal back`, async () => {
        const screen = start();
        await started(screen);
        screen.kill(signal);
        assert.deepEqual(await screen.exit(), { status: 0, signal: 0 });
        restored(screen);
      });

    it('SIGQUIT kills it, but not before the terminal is given back', async () => {
      const screen = start();
      await started(screen);
      screen.kill('SIGQUIT');
      assert.equal((await screen.exit()).signal, 3);
      restored(screen);
    });

    it('Ctrl-Z and fg: the shell in between, the same screen after', async () => {
      terminal = new Terminal('/bin/bash', ['--norc', '--noprofile', '-i'], {
        env: { PS1: 'shell> ' },
      });
      const screen = terminal;
      await screen.until('prompt', (text) => text.includes('shell>'));
      screen.type(`${shellLine(['--flows', '50'])}\r`);
      await started(screen);
      screen.type('\x1a');
      await screen.until('shell', (text) => text.includes('Stopped'));
      assert.equal(screen.onAlternateScreen, false);
      screen.type('echo back-$((40+2))\r');
      await screen.until('echo', (text) => text.includes('back-42'));
      screen.type('fg\r');
      await started(screen);
      screen.type('j/port 443\r');
      await screen.until('filter', (text) => text.includes('/port 443'));
      screen.type('q');
      await screen.until('prompt again', (text) => /shell> *$/.test(text.trimEnd()));
      assert.equal(screen.onAlternateScreen, false);
      screen.type('exit\r');
      await screen.exit();
    });
  });

  describe('a failure', () => {
    it('in the screen gives the terminal back and stays readable', async () => {
      const screen = start(['--break', '--tick', '200']);
      assert.equal((await screen.exit()).status, 1);
      restored(screen);
      assert.match(screen.text(), /the screen failed: /);
    });
  });

  describe('resizing', () => {
    it('ends with a whole screen after a storm', async () => {
      const screen = start(['--alerts', '--tick', '100']);
      await started(screen);
      const random = new Random(9);
      for (let step = 0; step < 40; step++) {
        screen.resize(2 + random.below(200), 1 + random.below(60));
        await new Promise((resolve) => setTimeout(resolve, random.below(40)));
      }
      screen.resize(100, 30);
      await screen.until('whole screen', (text) => {
        const lines = text.split('\n');
        return (
          lines.length === 30 &&
          lines[0]!.startsWith('eth0') &&
          lines.some((line) => line.startsWith('SOURCE')) &&
          lines.some((line) => line.startsWith('── alerts')) &&
          lines[29]!.startsWith('? help')
        );
      });
      // Nothing of earlier sizes is left between the frames.
      const widest = Math.max(...screen.lines().map((line) => [...line].length));
      assert.ok(widest <= 100);
      screen.type('q');
      await screen.exit();
    });
  });

  describe('a reader', () => {
    it('that stops never stops the program, and sees the newest when it returns', async () => {
      const report = join(folder, 'stopped.json');
      const screen = start(['--tick', '50', '--flows', '500', '--report', report], {
        columns: 200,
        rows: 60,
      });
      await started(screen);
      screen.stopReading();
      await new Promise((resolve) => setTimeout(resolve, 3000));
      screen.type('/port 443\r');
      await new Promise((resolve) => setTimeout(resolve, 500));
      screen.readAgain();
      await screen.until('what was typed meanwhile', (text) => text.includes('/port 443'));
      screen.type('q');
      assert.equal((await screen.exit()).status, 0);
      const { ticks } = JSON.parse(readFileSync(report, 'utf8')) as SimulationReport;
      // Blocked by the terminal it would have made the two or three that fit its buffer.
      assert.ok(ticks > 10, `${ticks} ticks`);
    });

    it('that has stopped does not keep it from ending', async () => {
      const screen = start(['--tick', '50', '--flows', '500'], { columns: 200, rows: 60 });
      await started(screen);
      screen.stopReading();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      screen.kill('SIGTERM');
      // It must be gone before anybody reads again.
      await gone(screen.processId);
      screen.readAgain();
      assert.equal((await screen.exit()).status, 0);
    });
  });
}
