// What the detection tests saw, one line each, for the table in docs/detection.md (scripts/detection-table.mjs asks for it by a variable).
import { appendFileSync } from 'node:fs';

export interface DetectionResult {
  /** null: an honest load. */
  readonly kind: string | null;
  /** A capture's name, a tool, a crafted attack or a load. */
  readonly on: string;
  readonly by: 'capture' | 'tool' | 'crafted' | 'honest';
  readonly found: boolean;
  /** Live: from the newest packet that its first line counts to that line's arrival. */
  readonly delaySeconds: number | null;
  readonly service?: string | undefined;
  /** Kinds of medium and above that should not have been there. */
  readonly falseKinds: readonly string[];
}

export function recordDetection(result: DetectionResult): void {
  const file = process.env['KNP_DETECTION_RESULTS'];
  if (file) appendFileSync(file, `${JSON.stringify(result)}\n`);
}
