// Findings as text for a person: one screen, what is broken first in each group, each with its fix.

import { safeText } from '../format/safe-text.js';
import { wrap } from '../format/wrap.js';
import type { Finding, FindingStatus } from './finding.js';

const label: Record<FindingStatus, string> = { ok: 'ok', degraded: 'degraded', broken: 'BROKEN' };
const order: readonly FindingStatus[] = ['broken', 'degraded', 'ok'];

/** At least so many columns are left for words, however small the terminal is. */
const narrowestWords = 30;

/** `columns`: null where the output is no terminal; then lines are not wrapped. */
function linesOf(finding: Finding, columns: number | null): string[] {
  const title = `${label[finding.status].padEnd(9)}${finding.check.replaceAll('_', ' ').padEnd(18)}`;
  const indent = ' '.repeat(title.length);
  const width =
    columns === null ? Number.POSITIVE_INFINITY : Math.max(narrowestWords, columns - title.length);
  // Names of interfaces and programs are untrusted.
  const [first, ...more] = wrap(safeText(finding.found, 1000), width);
  const rows = [`${title}${first}`, ...more.map((line) => indent + line)];
  const add = (text: string) => rows.push(...wrap(text, width).map((line) => indent + line));
  if (finding.status !== 'ok' && finding.lost !== null && finding.exitStatus === null) {
    add(`lost: ${finding.lost}`);
  }
  if (finding.fix !== null) add(`fix: ${safeText(finding.fix, 1000)}`);
  // Never broken: it is there to be copied.
  if (finding.command !== null) rows.push(`${indent}      ${safeText(finding.command, 1000)}`);
  return rows;
}

const worstFirst = (findings: readonly Finding[]): Finding[] =>
  order.flatMap((status) => findings.filter((finding) => finding.status === status));

function count(findings: readonly Finding[], status: FindingStatus, word: string): string {
  const found = findings.filter((finding) => finding.status === status).length;
  return `${found} ${word}${found === 1 ? '' : 's'}`;
}

function verdict(findings: readonly Finding[], exitStatus: number): string {
  const has = (status: FindingStatus) => findings.some((finding) => finding.status === status);
  if (exitStatus === 0) {
    return has('degraded')
      ? `Monitoring works here, with ${count(findings, 'degraded', 'degraded point')}.`
      : 'Monitoring works here.';
  }
  const what = count(findings, 'broken', 'point');
  return `Monitoring does not work here (exit status ${exitStatus}): fix the ${what} marked BROKEN.`;
}

export function reportText(
  findings: readonly Finding[],
  exitStatus: number,
  columns: number | null = null,
): string {
  const lines = (some: readonly Finding[]) =>
    worstFirst(some).flatMap((finding) => linesOf(finding, columns));
  const names = [...new Set(findings.flatMap((finding) => finding.interface ?? []))];
  const blocks = [lines(findings.filter((finding) => finding.interface === null))];
  for (const name of names) {
    const own = findings.filter((finding) => finding.interface === name);
    blocks.push([safeText(name), ...lines(own)]);
  }
  const text = blocks.map((block) => block.join('\n')).join('\n\n');
  return `${text}\n\n${verdict(findings, exitStatus)}\n`;
}

/** One object, for scripts: schema as in NDJSON, additive only: `mend` is the name that `fix` had first. */
export function reportJson(findings: readonly Finding[], exitStatus: number): string {
  return `${JSON.stringify({ type: 'doctor', schema: 1, works: exitStatus === 0, exitStatus, findings: findings.map((finding) => ({ ...finding, mend: finding.fix })) })}\n`;
}
