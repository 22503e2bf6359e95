// Writes what the matrix has found: the tables of docs/kernels.md and the record of verified instructions.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError, root } from '../toolchain.mjs';

const page = join(root, 'docs/kernels.md');
const record = join(root, 'docs/verified-instructions.json');

/** Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`. */
export function replaceBlock(text, name, content) {
  const begin = `<!-- ${name} -->`;
  const end = `<!-- /${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new BuildError(`no ${begin} … ${end} to be filled`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}

export function table(header, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

const answer = (value) => (value === true ? 'yes' : value === false ? 'no' : String(value ?? ''));

function featureTable(reports) {
  const names = [...new Set(reports.flatMap((report) => Object.keys(report.features)))];
  const header = ['feature', ...reports.map((report) => report.release)];
  return table(
    header,
    names.map((name) => [`\`${name}\``, ...reports.map(({ features }) => answer(features[name]))]),
  );
}

function suiteTable(reports) {
  const names = [...new Set(reports.flatMap((report) => Object.keys(report.results)))];
  const cell = (result) => {
    if (!result) return '';
    const { passed, failed, skipped, seconds } = result;
    const parts = [
      `${passed} passed`,
      failed && `**${failed} failed**`,
      skipped && `${skipped} skipped`,
    ];
    return `${parts.filter(Boolean).join(', ')} (${seconds} s)`;
  };
  return table(
    ['suite', ...reports.map((report) => report.release)],
    names.map((name) => [name, ...reports.map(({ results }) => cell(results[name]))]),
  );
}

const programsOf = (report) => [report.live, report.capture].filter(Array.isArray).flat();

/** {program: {kernel: instructions}}: what the verifier walks through; its limit is a million. */
function verifiedInstructions(reports) {
  const known = existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : {};
  for (const report of reports) {
    for (const { name, verifiedInstructions } of programsOf(report)) {
      known[name] = { ...known[name], [report.name]: verifiedInstructions };
    }
  }
  return known;
}

export function writeKernelTables(reports) {
  const date = new Date().toISOString().slice(0, 10);
  const verified = verifiedInstructions(reports);
  writeFileSync(record, `${JSON.stringify(verified, null, 2)}\n`);
  const columns = reports.map((report) => report.name);
  const rows = Object.entries(verified).map(([name, counts]) => [
    `\`${name}\``,
    ...columns.map((column) => counts[column]?.toLocaleString('en') ?? ''),
  ]);
  let text = readFileSync(page, 'utf8');
  text = replaceBlock(text, 'features', `Probed on ${date}.\n\n${featureTable(reports)}`);
  text = replaceBlock(text, 'suites', `Run on ${date}.\n\n${suiteTable(reports)}`);
  text = replaceBlock(text, 'verified', table(['program', ...columns], rows));
  writeFileSync(page, text);
}
