// Records results of the detection tests, a line each, for the table in docs/detection.md (scripts/detection-table.mjs enables it by a variable).
import { appendFileSync } from 'node:fs';

export interface DetectionResult {
  /** null: a harmless load. */
  readonly kind: string | null;
  /** A capture's name, a tool, a crafted attack or a load. */
  readonly on: string;
  readonly by: 'capture' | 'tool' | 'crafted' | 'honest';
  readonly found: boolean;
  /** Live: seconds from the newest packet counted in the alert's first line to that line's arrival. */
  readonly delaySeconds: number | null;
  readonly service?: string | undefined;
  /** Unexpected kinds of medium and above. */
  readonly falseKinds: readonly string[];
}

export function recordDetection(result: DetectionResult): void {
  const file = process.env['KNP_DETECTION_RESULTS'];
  if (file) appendFileSync(file, `${JSON.stringify(result)}\n`);
}
