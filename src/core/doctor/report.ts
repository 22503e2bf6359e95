// Findings as text for a person: one screen, what is broken first in each group, each with its mend.
import { safeText } from '../format/safe-text.js';
import type { Finding, FindingStatus } from './finding.js';

const label: Record<FindingStatus, string> = { ok: 'ok', degraded: 'degraded', broken: 'BROKEN' };

function lines(finding: Finding): string[] {
  const title = `${label[finding.status].padEnd(9)}${finding.check.replaceAll('_', ' ').padEnd(18)}`;
  const indent = ' '.repeat(title.length);
  // Names of interfaces and programs come from strangers.
  const rows = [`${title}${safeText(finding.found, 1000)}`];
  if (finding.status !== 'ok' && finding.lost !== null && finding.exitStatus === null) {
    rows.push(`${indent}lost: ${finding.lost}`);
  }
  if (finding.mend !== null) rows.push(`${indent}mend: ${finding.mend}`);
  if (finding.command !== null) rows.push(`${indent}      ${finding.command}`);
  return rows;
}

export function reportText(findings: readonly Finding[], exitStatus: number): string {
  const machine = findings.filter((finding) => finding.interface === null);
  const names = [...new Set(findings.flatMap((finding) => finding.interface ?? []))];
  const blocks = [machine.flatMap(lines)];
  for (const name of names) {
    blocks.push([
      safeText(name),
      ...findings.filter((finding) => finding.interface === name).flatMap(lines),
    ]);
  }
  const degradedCount = findings.filter((finding) => finding.status === 'degraded').length;
  const verdict =
    exitStatus === 0
      ? `Monitoring works here${degradedCount > 0 ? `, with ${degradedCount} degraded point${degradedCount > 1 ? 's' : ''}` : ''}.`
      : `Monitoring does not work here (exit status ${exitStatus}).`;
  return `${blocks.map((block) => block.join('\n')).join('\n\n')}\n\n${verdict}\n`;
}

/** One object, for scripts: schema as in NDJSON, additive only. */
export function reportJson(findings: readonly Finding[], exitStatus: number): string {
  return `${JSON.stringify({ type: 'doctor', schema: 1, works: exitStatus === 0, exitStatus, findings })}\n`;
}
