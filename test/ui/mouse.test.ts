// The mouse as a terminal reports it (SGR): the wheel scrolls, a click selects, a second one on the same row opens it.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ScreenStage } from '../support/screen-stage.js';
import { SimulatedMonitor } from '../support/simulated-monitor.js';

let stage: ScreenStage;

beforeEach(async () => {
  stage = new ScreenStage(new SimulatedMonitor({ flows: 300 }), { columns: 100, rows: 30 });
  await stage.settle();
  await stage.tick(3);
});
afterEach(() => {
  stage.close();
  expect(stage.errors).toEqual([]);
});

/** Rows and columns of a terminal count from 1. */
const press = (row: number): string => `\x1b[<0;10;${row + 1}M\x1b[<0;10;${row + 1}m`;
const wheelDown = '\x1b[<65;10;10M';
const wheelUp = '\x1b[<64;10;10M';

const headRow = (): number => stage.lines().findIndex((line) => line.includes('SOURCE'));

it('a click selects the row under it, not its neighbour', async () => {
  const row = headRow() + 3;
  const [source] = stage.lines()[row]!.trim().split(/\s+/);
  await stage.keys(press(row));
  expect(stage.screen.flows.cursor).toBe(2);
  expect(stage.lines()[row]).toContain(source);
  expect(stage.looks()[row]).toMatch(/^[iIU]/);
});

it('a second click on the selected row opens its detail, one on another row does not', async () => {
  await stage.keys(press(headRow() + 3));
  await stage.keys(press(headRow() + 4));
  expect(stage.state.detail).toBeNull();
  await stage.keys(press(headRow() + 4));
  expect(stage.state.detail).toMatchObject({ kind: 'flow' });
});

it('a click on the head line, above it, or below the rows selects nothing', async () => {
  for (const row of [0, headRow(), 29]) await stage.keys(press(row));
  expect(stage.screen.flows.cursor).toBeNull();
});

it('a click while a menu is open selects no row behind it', async () => {
  await stage.keys('s');
  await stage.keys(press(headRow() + 3));
  expect(stage.screen.flows.cursor).toBeNull();
});

it('the wheel scrolls by three rows and back to the top', async () => {
  await stage.keys(wheelDown);
  expect(stage.screen.flows.top).toBe(3);
  await stage.keys(wheelUp + wheelUp);
  expect(stage.screen.flows.top).toBe(0);
});
