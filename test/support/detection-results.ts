// What the detection tests saw, one line each, for the table in docs/detection.md (scripts/detection-table.mjs asks for it by a variable).
import { appendFileSync } from 'node:fs';
import type { Line } from './program.js';

export interface DetectionResult {
  /** null: an honest load. */
  readonly kind: string | null;
  /** A capture's name, a tool, a crafted attack or a load. */
  readonly on: string;
  readonly by: 'capture' | 'tool' | 'crafted' | 'honest';
  readonly found: boolean;
  /** From the alert's first packet to its first line: the delay and what the evidence took to come together. */
  readonly seconds: number | null;
  readonly service?: string;
  /** Kinds of medium and above that should not have been there. */
  readonly falseKinds: readonly string[];
}

export function recordDetection(result: DetectionResult): void {
  const file = process.env['KNP_DETECTION_RESULTS'];
  if (file) appendFileSync(file, `${JSON.stringify(result)}\n`);
}

/** Of the first line of this kind. */
export function secondsToAlert(lines: readonly Line[], kind: string): number | null {
  const first = lines.find((line) => line['type'] === 'alert' && line['kind'] === kind);
  if (!first) return null;
  return (Date.parse(first['time']) - Date.parse(first['firstSeen'])) / 1000;
}
