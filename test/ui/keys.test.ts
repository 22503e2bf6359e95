// The screen under the fingers: what keys do, in whole-screen terms.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyBindings } from '../../src/ui/state/keymap.js';
import { savedViewsFrom, settingsOf, viewFrom } from '../../src/ui/state/settings.js';
import { sampleAlerts } from '../support/sample-alerts.js';
import { ScreenStage } from '../support/screen-stage.js';
import { SimulatedMonitor } from '../support/simulated-monitor.js';

const down = '\x1b[B';
const up = '\x1b[A';
const right = '\x1b[C';
const escapeKey = '\x1b';

let monitor: SimulatedMonitor;
let stage: ScreenStage;

beforeEach(async () => {
  monitor = new SimulatedMonitor({ flows: 300, alerts: sampleAlerts });
  stage = new ScreenStage(monitor, { columns: 120, rows: 40 });
  await stage.settle();
  await stage.tick(3);
});
afterEach(() => {
  stage.close();
  expect(stage.errors).toEqual([]);
});

const selectedRow = (): number =>
  stage.looks().findIndex((line, row) => row > 3 && /^[iIU]/.test(line));

describe('moving', () => {
  it('selects nothing until a key asks for it, and Esc lets go again', async () => {
    expect(selectedRow()).toBe(-1);
    await stage.keys(down);
    expect(selectedRow()).toBe(4);
    await stage.keys(`${down}j${up}`);
    expect(selectedRow()).toBe(5);
    await stage.keys(escapeKey);
    expect(selectedRow()).toBe(-1);
  });

  it('reaches the last flow and comes back, with rows loaded on the way', async () => {
    await stage.keys('G');
    await stage.tick();
    expect(stage.screen.flows.cursor).toBe(299);
    expect(stage.screen.flows.selected).toBeDefined();
    expect(monitor.currentView.offset).toBeGreaterThan(100);
    await stage.keys('g');
    expect(stage.screen.flows.cursor).toBe(0);
    await stage.keys('\x1b[6~');
    expect(stage.screen.flows.cursor).toBe(stage.screen.flows.height - 1);
  });

  it('takes keys that come in one batch', async () => {
    await stage.keys('jjjjjkk');
    expect(stage.screen.flows.cursor).toBe(2);
  });

  it('keeps the selected row in its place while others are sorted anew', async () => {
    await stage.keys('jjjj');
    const id = stage.screen.flows.selectedFlow?.id;
    await stage.tick(12);
    expect(stage.screen.flows.selectedFlow?.id).toBe(id);
    expect(stage.screen.flows.cursor).toBe(3);
  });

  it('leaves the selection where it was when its flow goes away', async () => {
    await stage.keys('jjj');
    monitor.forget(stage.screen.flows.selectedFlow!.id);
    await stage.tick(1);
    expect(stage.screen.flows.cursor).toBe(2);
    expect(stage.screen.flows.selectedFlow).not.toBeNull();
  });
});

describe('order', () => {
  const order = (): number[] => {
    const { flows } = stage.screen;
    return Array.from({ length: 10 }, (_, index) => {
      const line = flows.lineAt(index);
      return line?.kind === 'flow' ? line.row.id : -1;
    });
  };

  it('does not change for three seconds after a key', async () => {
    await stage.tick(4);
    await stage.keys('j');
    const before = order();
    await stage.tick(2);
    expect(order()).toEqual(before);
  });

  it('stands still while frozen', async () => {
    const before = order();
    await stage.keys('o');
    await stage.tick(20);
    expect(order()).toEqual(before);
    expect(stage.text()).toContain('frozen');
  });

  it('follows sort keys, the menu, columns and the reverse key', async () => {
    await stage.keys('T');
    expect(monitor.currentView.sort).toEqual({ field: 'bytes', descending: true });
    await stage.keys('R');
    expect(monitor.currentView.sort.descending).toBe(false);
    await stage.keys('sd');
    expect(monitor.currentView.sort).toEqual({ field: 'destination', descending: false });
    await stage.keys('1');
    expect(monitor.currentView.sort.field).toBe('source');
    await stage.keys('>');
    expect(monitor.currentView.sort.field).toBe('destination');
    await stage.keys('P');
    expect(monitor.currentView.sort.field).toBe('smoothed');
  });
});

describe('filters', () => {
  it('apply while they are typed, and Esc brings back what was', async () => {
    await stage.keys('/port 443');
    expect(monitor.currentView.filter).toBe('port 443');
    expect(stage.text()).toContain('reads: port 443');
    await stage.keys(escapeKey);
    expect(monitor.currentView.filter).toBe('');
    expect(stage.state.prompt).toBeNull();
  });

  it('keep the last good one while the text is wrong, with a caret under the place', async () => {
    await stage.keys('/port 443\r');
    await stage.keys('/ and htps');
    expect(monitor.currentView.filter).not.toContain('htps');
    expect(stage.text()).toMatch(/\^{4} unknown port or service 'htps' - did you mean https\?/);
    await stage.keys('\r');
    expect(stage.state.prompt).not.toBeNull();
  });

  it('take a paste literally, on one line', async () => {
    await stage.keys('/\x1b[200~port 443\r\nq\x1b[201~');
    expect(stage.state.prompt?.line.text).toBe('port 443 q');
    expect(stage.done).toEqual([]);
  });

  it('are remembered', async () => {
    await stage.keys('/port 22\r');
    await stage.keys(escapeKey);
    await stage.keys('/\x1b[A');
    expect(stage.state.prompt?.line.text).toBe('port 22');
  });

  it('come from a cell: = keeps it, ! drops it', async () => {
    await stage.keys(`${down}${right}${right}${right}=`);
    expect(stage.state.view.filter).toBe('proto = TCP');
    await stage.keys(`${down}!`);
    expect(stage.state.view.filter).toBe('proto = TCP and not (proto = TCP)');
  });

  it('say why there is nothing to see', async () => {
    await stage.keys('/port 9999\r');
    expect(stage.text()).toContain('No flow matches  port 9999');
    await stage.keys(escapeKey);
    expect(stage.state.view.filter).toBe('');
  });

  it('complete words with Tab', async () => {
    await stage.keys('/proto');
    await stage.keys('\t');
    expect(stage.state.prompt?.line.text.startsWith('proto')).toBe(true);
    await stage.keys('\x15bandw\t');
    expect(stage.state.prompt?.line.text).toBe('bandwidth ');
  });
});

describe('a batch of keys with a monitor that answers later', () => {
  beforeEach(async () => {
    stage.close();
    monitor = new SimulatedMonitor({ flows: 300, slowAnswers: true });
    stage = new ScreenStage(monitor, { columns: 100, rows: 30 });
    await stage.settle();
    await stage.tick(2);
  });

  it('shows what is wrong with the last text, and keeps no filter', async () => {
    await stage.batch('/tcp port htps');
    expect(stage.text()).toMatch(/\^{4} unknown port or service/);
    expect(stage.state.view.filter).not.toContain('htps');
  });

  it('sorts by the last of several keys at once', async () => {
    await stage.batch('TR');
    const totals = [0, 1, 2, 3].map((index) => {
      const line = stage.screen.flows.lineAt(index);
      return line?.kind === 'flow' ? line.row.forward.bytes + line.row.reverse.bytes : -1;
    });
    expect(totals).toEqual([...totals].sort((a, b) => a - b));
    await stage.batch('TT');
    const first = stage.screen.flows.lineAt(0);
    expect(first?.kind === 'flow' && first.row.forward.bytes + first.row.reverse.bytes).toBe(
      totals[0],
    );
  });

  it('brings the line back when Enter was faster than the answer', async () => {
    await stage.batch('/tcp port htps\r');
    expect(stage.text()).toMatch(/\^{4} unknown port or service/);
    expect(stage.state.prompt?.line.text).toBe('tcp port htps');
  });

  it('takes Enter for the text as it is now, and a row that was chosen after it stays chosen', async () => {
    await stage.batch('/tcp port htps');
    expect(stage.state.prompt).toMatchObject({ error: { length: 4 } });
    await stage.batch('\x15tcp port 443\rj');
    expect(stage.state.prompt).toBe(null);
    expect(stage.state.view.filter).toBe('tcp port 443');
    expect(stage.screen.flows.selectedFlow).toMatchObject({ protocol: 'TCP' });
  });

  it('applies a good filter, and Esc in the same batch forgets it', async () => {
    await stage.batch('/port 443\r');
    expect(stage.state.view.filter).toBe('port 443');
    expect(monitor.currentView.filter).toBe('port 443');
    await stage.batch('/ and port 22');
    await stage.keys(escapeKey);
    expect(stage.state.view.filter).toBe('port 443');
    expect(monitor.currentView.filter).toBe('port 443');
  });
});

describe('pause', () => {
  it('holds the screen, not the monitor', async () => {
    await stage.keys('p');
    const before = stage.lines().slice(2);
    await stage.tick(4);
    expect(stage.text()).toContain('PAUSED +4');
    expect(stage.lines().slice(2)).toEqual(before);
    await stage.keys('p');
    await stage.tick();
    expect(stage.text()).not.toContain('PAUSED');
  });
});

describe('groups and pins', () => {
  it('open and close, and Esc ends them', async () => {
    await stage.keys('ts');
    expect(stage.state.view.groupBy).toEqual(['source']);
    await stage.keys(`${down} `);
    expect(stage.text()).toContain('▾');
    await stage.keys(' ');
    expect(stage.text()).not.toContain('▾');
    await stage.keys(escapeKey);
    await stage.keys(escapeKey);
    expect(stage.state.view.groupBy).toEqual([]);
  });

  it('keep pinned rows on top', async () => {
    await stage.keys('jjjjj ');
    const { pinned } = stage.state;
    await stage.tick(8);
    const first = stage.screen.flows.lineAt(0);
    expect(first?.kind === 'flow' && first.row.id).toBe(pinned[0]);
  });
});

describe('details and alerts', () => {
  it('show a flow, follow the cursor, and tell when it has gone', async () => {
    await stage.keys(`${down}\r`);
    expect(stage.text()).toContain('┌─ flow ');
    const { detail } = stage.state;
    await stage.keys(down);
    expect(stage.state.detail).not.toEqual(detail);
    monitor.forget((stage.state.detail as { id: number }).id);
    await stage.tick();
    expect(stage.text()).toContain('gone from the table');
    await stage.keys(escapeKey);
    expect(stage.state.detail).toBeNull();
  });

  it('acknowledge and mute, and the strip vanishes when nothing is left', async () => {
    expect(stage.text()).toContain('── alerts 5 ');
    await stage.keys('\tA');
    expect(monitor.calls).toContain('acknowledge a1');
    expect(stage.text()).toContain('── alerts 4 ');
    await stage.keys('mmmm');
    expect(monitor.calls.filter((call) => call.startsWith('mute'))).toHaveLength(4);
    expect(stage.text()).not.toContain('── alerts');
    expect(stage.state.focus).toBe('flows');
  });

  it('turn an alert into a filter', async () => {
    await stage.keys(`a${down}y`);
    expect(stage.state.view.filter).toContain('host 203.0.113.9');
    expect(stage.state.alertsScreen).toBe(false);
  });
});

describe('the program', () => {
  it('quits, redraws, suspends and saves by key, in menus too', async () => {
    await stage.keys('\x0c\x1aW');
    await stage.keys('s\x03');
    expect(stage.done).toEqual(['redraw', 'suspend', 'save', 'quit']);
    await stage.keys('q');
    expect(stage.state.overlay).toBeNull();
    await stage.keys('q');
    expect(stage.done.at(-1)).toBe('quit');
    expect(stage.done).toHaveLength(5);
  });

  it('changes the interval by key and by number, and refuses nonsense', async () => {
    await stage.keys('+');
    expect(monitor.calls.at(-1)).toBe('interval 2');
    await stage.keys('d0.5\r');
    expect(monitor.calls.at(-1)).toBe('interval 0.5');
    await stage.keys('d600\r');
    expect(stage.text()).toContain('a number from 0.1 to 60');
    expect(monitor.calls.at(-1)).toBe('interval 0.5');
  });

  it('keeps a view under a name and brings it back', async () => {
    await stage.keys('/port 443\r');
    await stage.keys('Vweb\r');
    await stage.keys(escapeKey);
    await stage.keys(escapeKey);
    expect(stage.state.view.filter).toBe('');
    await stage.keys('va');
    expect(stage.state.view.filter).toBe('port 443');
  });

  it('writes and reads its settings as words', async () => {
    await stage.keys('/port 443\r');
    await stage.keys('Vweb\r');
    await stage.keys('Tb');
    const settings = settingsOf(stage.state);
    expect(settings).toMatchObject({
      units: 'bytes',
      filter: 'port 443',
      sort: 'bytes:desc',
      views: [{ name: 'web', filter: 'port 443', sort: 'rate:desc' }],
    });
    expect(savedViewsFrom(settings)).toEqual(stage.state.savedViews);
    expect(viewFrom({ ...settings })).toMatchObject({ sort: stage.state.view.sort });
  });

  it('has each key once, and each in help', () => {
    const keys = keyBindings.flatMap((binding) => binding.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('survives any key anywhere', async () => {
    const keys = [
      'j',
      'k',
      '\r',
      ' ',
      '\t',
      '/',
      'x',
      escapeKey,
      's',
      't',
      'c',
      'v',
      'a',
      'A',
      'm',
      '?',
      'p',
      'o',
      '=',
      '!',
      'y',
      'R',
      '<',
      '>',
      '1',
      'b',
      'w',
      'F',
      'G',
      'g',
      'i',
      'd',
      '5',
      '\r',
      'C',
      right,
      '\x1b[5~',
    ];
    for (let round = 0; round < 400; round++) {
      await stage.keys(keys[(round * 7919 + (round >> 3)) % keys.length]!);
      if (round % 23 === 0) await stage.tick();
    }
    expect(stage.lines()).toHaveLength(40);
  });
});
