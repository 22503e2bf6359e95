// Golden screens: every state and size, text and looks, exactly. Written by scripts/golden-screens.mjs only, and looked at by eye.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sampleAlerts } from '../support/sample-alerts.js';
import { emitPrograms } from '../support/sample-programs.js';
import { ScreenStage, type StageOptions } from '../support/screen-stage.js';
import { SimulatedMonitor, type SimulationOptions } from '../support/simulated-monitor.js';

const folder = join(import.meta.dirname, 'golden');
const writing = process.env['WRITE_GOLDEN_SCREENS'] === 'yes';

interface Scene {
  readonly name: string;
  readonly size: readonly [columns: number, rows: number];
  readonly simulation?: Partial<SimulationOptions>;
  readonly options?: Partial<StageOptions>;
  readonly ticks?: number;
  readonly ascii?: boolean;
  readonly play?: (stage: ScreenStage) => Promise<void>;
}

const alerting = { alerts: sampleAlerts };
const down = '\x1b[B';
const right = '\x1b[C';

const scenes: readonly Scene[] = [
  { name: 'normal-80x24', size: [80, 24], simulation: alerting },
  { name: 'normal-120x40', size: [120, 40], simulation: alerting },
  { name: 'normal-200x60', size: [200, 60], simulation: alerting },
  { name: 'quiet-80x24', size: [80, 24] },
  { name: 'tiny-44x10', size: [44, 10] },
  { name: 'two-numbers-18x4', size: [18, 4] },
  { name: 'ascii-80x16', size: [80, 16], simulation: alerting, ascii: true },
  { name: 'mono-80x24', size: [80, 24], simulation: alerting, options: { color: false } },
  { name: 'starting-80x24', size: [80, 24], ticks: 0 },
  { name: 'empty-80x24', size: [80, 24], simulation: { flows: 0 } },
  {
    name: 'no-match-80x16',
    size: [80, 16],
    play: (stage) => stage.keys('/port 9999\r'),
  },
  {
    name: 'paused-80x16',
    size: [80, 16],
    play: async (stage) => {
      await stage.keys('p');
      await stage.tick(3);
    },
  },
  {
    name: 'overload-120x30',
    size: [120, 30],
    simulation: { untracked: 1_842_000, eventsLost: 12 },
  },
  { name: 'overload-80x16', size: [80, 16], simulation: { untracked: 1_842_000 } },
  { name: 'down-80x16', size: [80, 16], simulation: { down: true } },
  { name: 'ended-80x16', size: [80, 16], play: (stage) => stage.monitor.stop() },
  {
    name: 'filter-typing-80x16',
    size: [80, 16],
    simulation: alerting,
    play: (stage) => stage.keys('/port 443'),
  },
  {
    name: 'filter-error-80x16',
    size: [80, 16],
    simulation: alerting,
    play: (stage) => stage.keys('/tcp port htps and rate > 1M'),
  },
  {
    name: 'filtered-80x16',
    size: [80, 16],
    play: (stage) => stage.keys('/port 443\r'),
  },
  {
    name: 'cursor-80x16',
    size: [80, 16],
    play: (stage) => stage.keys(`${down}${down}${right}${right}`),
  },
  {
    name: 'pinned-80x16',
    size: [80, 16],
    play: (stage) => stage.keys(`${down}${down}${down}${down} `),
  },
  {
    name: 'group-80x20',
    size: [80, 20],
    play: async (stage) => {
      await stage.keys('ts');
      await stage.keys(`${down}${down} `);
    },
  },
  { name: 'help-80x24', size: [80, 24], play: (stage) => stage.keys('?') },
  { name: 'help-page-2-80x24', size: [80, 24], play: (stage) => stage.keys('?\x1b[6~') },
  { name: 'help-120x40', size: [120, 40], play: (stage) => stage.keys('?') },
  { name: 'help-200x60', size: [200, 60], play: (stage) => stage.keys('?') },
  {
    name: 'run-80x24',
    size: [80, 24],
    simulation: { untracked: 1842 },
    options: { state: { rights: { user: 65534, capabilities: ['CAP_BPF'], kept: false } } },
    play: (stage) => stage.keys('S'),
  },
  { name: 'run-120x40', size: [120, 40], play: (stage) => stage.keys('S') },
  { name: 'sort-menu-80x24', size: [80, 24], play: (stage) => stage.keys('sjj') },
  { name: 'group-menu-80x24', size: [80, 24], play: (stage) => stage.keys('t') },
  { name: 'columns-menu-120x40', size: [120, 40], play: (stage) => stage.keys('c') },
  { name: 'detail-80x24', size: [80, 24], play: (stage) => stage.keys(`${down}${down}\r`) },
  { name: 'detail-120x40', size: [120, 40], play: (stage) => stage.keys(`${down}${down}\r`) },
  { name: 'detail-200x60', size: [200, 60], play: (stage) => stage.keys(`${down}${down}\r`) },
  { name: 'detail-60x16', size: [60, 16], play: (stage) => stage.keys(`${down}${down}\r`) },
  {
    name: 'detail-braille-120x40',
    size: [120, 40],
    play: (stage) => stage.keys(`${down}${down}\r.`),
  },
  {
    name: 'alert-flows-160x50',
    size: [160, 50],
    simulation: alerting,
    play: (stage) => stage.keys(`\t${down}\r\r${down}`),
  },
  {
    name: 'alert-flows-80x24',
    size: [80, 24],
    simulation: alerting,
    play: (stage) => stage.keys(`\t${down}\r\r${down}`),
  },
  {
    name: 'alerts-100x24',
    size: [100, 24],
    simulation: alerting,
    play: (stage) => stage.keys(`a${down}A`),
  },
  {
    name: 'alert-detail-100x40',
    size: [100, 40],
    simulation: alerting,
    play: (stage) => stage.keys('\t\r'),
  },
  {
    name: 'interfaces-120x24',
    size: [120, 24],
    simulation: { interfaces: ['eth0', 'wg0', 'cni0'] },
  },
  {
    name: 'programs-80x24',
    size: [80, 24],
    play: async (stage) => {
      emitPrograms(stage.monitor, false);
      await stage.keys('e');
    },
  },
  {
    name: 'programs-object-120x40',
    size: [120, 40],
    play: async (stage) => {
      emitPrograms(stage.monitor, true);
      await stage.keys('e');
    },
  },
  {
    name: 'programs-scrolled-80x24',
    size: [80, 24],
    play: async (stage) => {
      emitPrograms(stage.monitor, true);
      await stage.keys('eGkk');
    },
  },
  {
    name: 'programs-reload-failed-120x24',
    size: [120, 24],
    play: async (stage) => {
      emitPrograms(stage.monitor, true);
      stage.monitor.emit('warning', {
        timeUs: stage.monitor.nowUs,
        wallUs: stage.monitor.nowUs,
        code: 'reload_failed',
        message:
          "the old version goes on: custom-counters.bpf.o: the kernel's verifier refuses program count_incoming: ; kind.ether_type = bpf_ntohs(header->h_proto); | 7: (71) r3 = *(u8 *)(r6 +13) | invalid access to packet, off=13 size=1, R6(id=0,off=13,r=0) | R6 offset is outside of the packet (mend the program; --debug shows the whole log of the verifier)",
      });
      await stage.keys(`e${'j'.repeat(13)}`);
    },
  },
  {
    name: 'programs-ascii-80x24',
    size: [80, 24],
    ascii: true,
    play: async (stage) => {
      emitPrograms(stage.monitor, true);
      await stage.keys('e');
    },
  },
  {
    name: 'programs-44x10',
    size: [44, 10],
    play: async (stage) => {
      emitPrograms(stage.monitor, true);
      await stage.keys('e');
    },
  },
  { name: 'programs-none-80x16', size: [80, 16], play: (stage) => stage.keys('e') },
  { name: 'bytes-80x16', size: [80, 16], play: (stage) => stage.keys('b') },
  { name: 'interval-80x16', size: [80, 16], play: (stage) => stage.keys('d90\r') },
];

const compare = (file: string, lines: readonly string[]): void => {
  const path = join(folder, file);
  const text = `${lines.join('\n')}\n`;
  if (writing) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, text);
    return;
  }
  expect(text).toBe(readFileSync(path, 'utf8'));
};

describe('golden screens', () => {
  let stage: ScreenStage | null = null;
  afterEach(() => stage?.close());

  it.each(scenes)('$name', async ({ name, size, simulation, options, ticks, ascii, play }) => {
    const monitor = new SimulatedMonitor({ flows: 300, ...simulation });
    stage = new ScreenStage(monitor, { columns: size[0], rows: size[1], ...options });
    await stage.settle();
    await stage.tick(ticks ?? 12);
    await play?.(stage);
    const lines = stage.lines(ascii);
    expect(stage.errors).toEqual([]);
    expect(lines.join('\n')).not.toMatch(/NaN|undefined|null|Infinity|\[object/);
    compare(`${name}.txt`, lines);
    const looks = stage.looks();
    expect(looks.join('')).not.toContain('?');
    compare(`${name}.looks.txt`, looks);
  });
});
