// Runs the program in a pseudo terminal and saves the screen as SVG, and with --cast the whole session (asciicast v2).
// node scripts/screenshot.mjs [--size 120x40] [--cast FILE] [--script 'wait 5; key Down; wait 1'] OUT.svg -- COMMAND ARGS..
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { spawn } from '@lydell/node-pty';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import xterm from '@xterm/headless';

const cellWidth = 8.4;
const cellHeight = 17;
const padding = 14;
const background = '#11151c';
const foreground = '#d0d7de';
/** The sixteen colours of a quiet dark terminal. */
const palette = [
  ...['#1c2128', '#f47067', '#57ab5a', '#c69026', '#539bf5', '#b083f0', '#39c5cf', '#adbac7'],
  ...['#545d68', '#ff938a', '#6bc46d', '#daaa3f', '#6cb6ff', '#dcbdfb', '#56d4dd', '#ffffff'],
];

const keyBytes = {
  Enter: '\r',
  Escape: '\x1b',
  Space: ' ',
  Tab: '\t',
  Up: '\x1b[A',
  Down: '\x1b[B',
  Right: '\x1b[C',
  Left: '\x1b[D',
};

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** "wait 5; key Down; type port 443" */
async function play(script, terminal) {
  for (const step of script.split(';').map((text) => text.trim())) {
    const [verb, ...rest] = step.split(' ');
    const value = rest.join(' ');
    if (verb === 'wait') await pause(Number(value) * 1000);
    else if (verb === 'key') terminal.write(keyBytes[value] ?? value);
    else if (verb === 'type') {
      for (const character of value) {
        terminal.write(character);
        await pause(70);
      }
    } else if (step !== '') throw new Error(`unknown step "${step}": wait, key or type`);
  }
}

const escapeXml = (text) =>
  text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character]);

function lookOf(cell) {
  const dimmed = cell.isDim() !== 0;
  let front = cell.isFgDefault() ? foreground : palette[cell.getFgColor() & 15];
  let back = cell.isBgDefault() ? null : palette[cell.getBgColor() & 15];
  if (cell.isInverse()) [front, back] = [back ?? background, front];
  return {
    front,
    back,
    bold: cell.isBold() !== 0,
    underline: cell.isUnderline() !== 0,
    opacity: dimmed ? 0.62 : 1,
  };
}

const number = (value) => Number(value.toFixed(2));

/** Eighth blocks as rectangles: fonts leave gaps between them. */
function blockRectangle(character, left, top, look) {
  const eighths = '▁▂▃▄▅▆▇█'.indexOf(character) + 1;
  if (eighths === 0) return null;
  const height = (cellHeight * eighths) / 8;
  return `<rect x="${number(left)}" y="${number(top + cellHeight - height)}" width="${number(cellWidth)}" height="${number(height)}" fill="${look.front}" opacity="${look.opacity}"/>`;
}

function drawRow(line, columns, row, shapes, texts) {
  const top = padding + row * cellHeight;
  let run = null;
  const endRun = () => {
    if (run === null || run.text.trim() === '') {
      run = null;
      return;
    }
    const { look } = run;
    const weight = look.bold ? ' font-weight="700"' : '';
    const line = look.underline ? ' text-decoration="underline"' : '';
    const faint = look.opacity < 1 ? ` opacity="${look.opacity}"` : '';
    texts.push(
      `<text x="${number(run.left)}" y="${number(top + cellHeight * 0.76)}" fill="${look.front}" textLength="${number(run.cells * cellWidth)}" lengthAdjust="spacingAndGlyphs"${weight}${line}${faint}>${escapeXml(run.text)}</text>`,
    );
    run = null;
  };
  for (let column = 0; column < columns; column++) {
    const cell = line.getCell(column);
    const width = cell.getWidth();
    if (width === 0) continue;
    const look = lookOf(cell);
    const left = padding + column * cellWidth;
    if (look.back)
      shapes.push(
        `<rect x="${number(left)}" y="${number(top)}" width="${number(cellWidth * width + 0.3)}" height="${cellHeight}" fill="${look.back}"/>`,
      );
    const character = cell.getChars() || ' ';
    const block = blockRectangle(character, left, top, look);
    if (block) {
      endRun();
      shapes.push(block);
      continue;
    }
    const same = run !== null && JSON.stringify(run.look) === JSON.stringify(look);
    // Two blanks end a run of text, so that columns stay aligned in any font.
    if (!same || (character === ' ' && run.text.endsWith(' '))) endRun();
    if (run === null && character === ' ') continue;
    run ??= { look, left, text: '', cells: 0 };
    run.text += character;
    run.cells += width;
  }
  endRun();
}

function toSvg(terminal, columns, rows) {
  const shapes = [];
  const texts = [];
  for (let row = 0; row < rows; row++)
    drawRow(terminal.buffer.active.getLine(row), columns, row, shapes, texts);
  const width = Math.ceil(columns * cellWidth + padding * 2);
  const height = Math.ceil(rows * cellHeight + padding * 2);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<rect width="${width}" height="${height}" rx="8" fill="${background}"/>
<g shape-rendering="crispEdges">
${shapes.join('\n')}
</g>
<g font-family="'DejaVu Sans Mono', 'Cascadia Mono', Menlo, Consolas, monospace" font-size="14" xml:space="preserve">
${texts.join('\n')}
</g>
</svg>
`;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '120x40' },
    cast: { type: 'string' },
    script: { type: 'string', default: 'wait 10' },
    title: { type: 'string', default: 'kubenetprobe-top' },
  },
});
const [output, command, ...args] = positionals;
if (!output || !command) {
  process.stderr.write('usage: screenshot.mjs [options] OUT.svg -- COMMAND ARGS..\n');
  process.exit(2);
}
const [columns, rows] = values.size.split('x').map(Number);
const emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
emulator.loadAddon(new Unicode11Addon());
emulator.unicode.activeVersion = '11';
const child = spawn(command, args, {
  cols: columns,
  rows,
  name: 'xterm-256color',
  env: { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
});
const started = performance.now();
const events = [];
child.onData((data) => {
  emulator.write(data);
  events.push([Number(((performance.now() - started) / 1000).toFixed(3)), 'o', data]);
});
const ended = new Promise((resolve) => child.onExit(resolve));
await play(values.script, child);
await new Promise((resolve) => emulator.write('', resolve));
writeFileSync(output, toSvg(emulator, columns, rows));
if (values.cast) {
  const header = {
    version: 2,
    width: columns,
    height: rows,
    title: values.title,
    env: { TERM: 'xterm-256color' },
  };
  const lines = [header, ...events].map((entry) => JSON.stringify(entry));
  writeFileSync(values.cast, `${lines.join('\n')}\n`);
}
child.write('q');
await Promise.race([ended, pause(3000)]);
child.kill();
process.exit(0);
