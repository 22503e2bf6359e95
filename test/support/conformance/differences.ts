// Reads docs/conformance.md: expected findings, a line each, with the reason. A line that no longer occurs is a failure.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../program.js';

export interface Difference {
  readonly capture: string;
  /** 'inner' or 'outer': the view that `--tunnels` asks for. */
  readonly tunnels: string;
  /** The exact text of a finding, or its start followed by an ellipsis that stands for any number. */
  readonly finding: string;
}

/** Rows of the tables: | capture | view | `finding` | why | */
export function knownDifferences(): Difference[] {
  const text = readFileSync(join(projectRoot(), 'docs/conformance.md'), 'utf8');
  const differences: Difference[] = [];
  for (const line of text.split('\n')) {
    const [, capture, tunnels, finding] =
      /^\| *([A-Z]\d\d[^| ]*) *\| *(inner|outer) *\| *`([^`]+)` *\|/.exec(line) ?? [];
    if (capture && tunnels && finding) differences.push({ capture, tunnels, finding });
  }
  return differences;
}
