// --list-rules and --explain KIND: what is found, how, with which thresholds and where they come from, and how to tune it.
import type { RuleDefinition } from './rule.js';
import { type Kind, kinds, reservedKinds, vocabulary } from './vocabulary.js';

/** One line a kind: word, severity, technique, rule, what it means. */
export function listRules(rules: readonly RuleDefinition[]): string {
  const rows = kinds
    .filter((kind) => !reservedKinds.includes(kind))
    .map((kind) => {
      const { severity, technique, meaning } = vocabulary[kind];
      const rule = rules.find((one) => one.kinds.includes(kind))?.name ?? '-';
      return [kind, severity, technique, rule, meaning] as const;
    });
  const heads = ['KIND', 'SEVERITY', 'TECHNIQUE', 'RULE', 'MEANING'] as const;
  const width = (column: number): number =>
    Math.max(heads[column]!.length, ...rows.map((row) => row[column]!.length));
  const widths = [0, 1, 2, 3].map(width);
  return [heads, ...rows]
    .map((row) => [...widths.map((one, i) => row[i]!.padEnd(one)), row[4]].join('  '))
    .join('\n');
}

export function explainKind(kind: Kind, rules: readonly RuleDefinition[]): string {
  const { technique, severity, meaning, harmless } = vocabulary[kind];
  const lines = [
    `${kind}: ${meaning}`,
    '',
    `Severity      ${severity} by default; the evidence may raise or lower it`,
    `Technique     ${technique} (https://attack.mitre.org/techniques/${technique.replace('.', '/')}/)`,
    `False alerts  ${harmless}`,
  ];
  const found = rules.filter((one) => one.kinds.includes(kind));
  if (found.length === 0) {
    lines.push('', 'No rule detects this yet: it needs tracing or pod identity.');
  }
  for (const rule of found) {
    lines.push('', `Rule ${rule.name}: ${rule.method}`, '', 'Thresholds:');
    for (const [name, one] of Object.entries(rule.thresholds)) {
      lines.push(
        `  ${name} = ${one.value} ${one.unit}: ${one.meaning}`,
        `      origin: ${one.origin}`,
      );
    }
    lines.push('', 'To tune it, in the settings file (--config FILE):', '', ...example(rule, kind));
  }
  return lines.join('\n');
}

function example(rule: RuleDefinition, kind: Kind): string[] {
  const first = Object.entries(rule.thresholds)[0];
  return [
    'detection:',
    '  thresholds:',
    `    ${rule.name}:`,
    ...(first ? [`      ${first[0]}: ${first[1].value * 2}`] : []),
    '  allow:',
    `    - { kinds: [${kind}], networks: [192.0.2.7] }`,
    '  mute:',
    `    - { kind: ${kind}, until: 2030-01-01T00:00:00Z }`,
  ];
}
