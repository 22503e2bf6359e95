// Expedited grace periods: on while they are wanted, and what was before comes back, however the process ends. Needs root and /sys/kernel/rcu_expedited.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { loadNative } from '../../src/core/native/load.js';
import { patience } from '../support/program.js';

const path = '/sys/kernel/rcu_expedited';
const native = loadNative();

const state = () => readFileSync(path, 'latin1').trim();

function writable(): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Another run of ours on this machine may have it on for a moment. */
async function until(wanted: string): Promise<void> {
  for (let tries = 0; state() !== wanted; tries++) {
    assert.ok(tries < 100 * patience, `the switch stays ${state()}`);
    await delay(50);
  }
}

async function holdUntilKilled(): Promise<void> {
  const on = native.expediteGracePeriods(true);
  process.stdout.write(`${on}\n`);
  await delay(600_000);
}

function tests(): void {
  const skip = !writable() && `needs to write ${path}`;

  test('are on between begin and the last end', { skip }, async () => {
    await until('0');
    assert.equal(native.expediteGracePeriods(true), true);
    assert.equal(state(), '1');
    assert.equal(native.expediteGracePeriods(true), true, 'a second thread');
    native.expediteGracePeriods(false);
    assert.equal(state(), '1');
    native.expediteGracePeriods(false);
    assert.equal(state(), '0');
    native.expediteGracePeriods(false);
    assert.equal(state(), '0', 'one end too many is none');
  });

  test('end with a killed process', { skip }, async (context) => {
    await until('0');
    const child = spawn(process.execPath, [process.argv[1]!, 'hold'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    context.after(() => child.kill('SIGKILL'));
    assert.equal(String((await once(child.stdout, 'data'))[0]), 'true\n');
    assert.equal(state(), '1');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await until('0');
  });
}

if (process.argv[2] === 'hold') await holdUntilKilled();
else tests();
