// Runs the real program on captures of crafted traffic: what it detects, and where it must stay silent.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { type CapturedPacket, classicCapture } from './capture-writer.js';
import { recordDetection } from './detection-results.js';
import { lastLines } from './labels.js';
import { isSerious, serviceOf } from './live-detection.js';
import { type Line, startProgram } from './program.js';

export interface CraftedAttack {
  readonly kind: string;
  /** Address; null: many or forged. */
  readonly source: string | null;
  readonly destination?: string;
  readonly packets: readonly CapturedPacket[];
  readonly settings?: object;
  /** Other kinds of medium and above that may be raised, too. */
  readonly also?: readonly string[];
}

export class CraftedDetection {
  #folder = '';

  /** Creates and removes the folder around a file's tests. */
  install(): void {
    before(() => {
      this.#folder = mkdtempSync(join(tmpdir(), 'crafted-'));
    });
    after(() => rmSync(this.#folder, { recursive: true }));
  }

  /** All output lines of the run. */
  async read(packets: readonly CapturedPacket[], settings?: object): Promise<Line[]> {
    const file = join(this.#folder, 'attack.pcap');
    writeFileSync(file, classicCapture(packets));
    const options = ['--pcap', file, '--json', '--limit', '0'];
    if (settings) {
      const config = join(this.#folder, 'settings.json');
      writeFileSync(config, JSON.stringify({ detection: settings }));
      options.push('--config', config);
    }
    const program = startProgram(options);
    const { status } = await program.exit(90_000);
    assert.equal(status, 0, program.stderr);
    return program.lines;
  }

  async assertSilent(packets: readonly CapturedPacket[]): Promise<void> {
    const alerts = lastLines(await this.read(packets)).filter(isSerious);
    assert.deepEqual(
      alerts.map(({ kind, message }) => `${kind}: ${message}`),
      [],
    );
  }

  async isFoundOnce(name: string, attack: CraftedAttack): Promise<Line[]> {
    const { kind, source, destination, also = [] } = attack;
    const lines = await this.read(attack.packets, attack.settings);
    // Some expected alerts are low: they are matched by kind.
    const alerts = lastLines(lines)
      .filter((line) => isSerious(line) || line['kind'] === kind)
      .filter((line) => !also.includes(line['kind']));
    const own = alerts.find((alert) => alert['kind'] === kind);
    recordDetection({
      kind,
      on: name,
      by: 'crafted',
      found: own !== undefined,
      delaySeconds: null,
      service: serviceOf(own),
      falseKinds: alerts.map((alert) => alert['kind']).filter((other) => other !== kind),
    });
    assert.deepEqual(
      alerts.map((alert) => alert['kind']),
      [kind],
      alerts.map(({ message }) => message).join('\n'),
    );
    assert.equal(alerts[0]?.['source']?.address ?? null, source);
    if (destination) assert.equal(alerts[0]?.['destination']?.address, destination);
    return lines;
  }
}
