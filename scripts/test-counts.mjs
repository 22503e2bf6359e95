// Adds up passed, failed and skipped tests, and formats and parses the closing line that reports them.
export const noCounts = () => ({ passed: 0, failed: 0, skipped: 0 });

export function addCounts(total, counts) {
  for (const key of Object.keys(total)) total[key] += counts[key];
}

/** The counts that count-reporter.mjs wrote, without the files. */
export function parseCounts(text) {
  const { passed, failed, skipped } = JSON.parse(text);
  return { passed, failed, skipped };
}

export function countsText({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;
}

/** The counts of the last closing line in the text; null if there is none. */
export function lastCounts(text) {
  const line = [...text.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1);
  if (!line) return null;
  const [passed, failed, skipped] = line.slice(1).map((word) => Number(word ?? 0));
  return { passed, failed, skipped };
}
