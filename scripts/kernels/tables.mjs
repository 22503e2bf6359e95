// Writes the matrix's results to docs/kernels.md: features, suites, verified instructions, each with its date.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError, root } from '../toolchain.mjs';
import { writeVerified } from './verified.mjs';

const page = join(root, 'docs/kernels.md');

/** Replaces the text between `<!-- NAME -->` and `<!-- /NAME -->`. */
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
const columns = (reports) => reports.map(({ release }) => release);
const dates = (reports) => reports.map(({ date }) => date);

function featureTable(reports) {
  const names = [...new Set(reports.flatMap((report) => Object.keys(report.features)))];
  const rows = names.map((name) => [
    `\`${name}\``,
    ...reports.map(({ features }) => answer(features[name])),
  ]);
  return table(['feature', ...columns(reports)], [...rows, ['probed on', ...dates(reports)]]);
}

/** `current`: the hash of the BPF objects built now; results with other objects are marked as such. */
function suiteTable(reports, current) {
  const names = [...new Set(reports.flatMap((report) => Object.keys(report.results)))].sort();
  const cell = (result) => {
    if (!result) return '';
    const { passed, failed, skipped, seconds, only, objectSha256 } = result;
    const parts = [
      `${passed} passed`,
      failed && `**${failed} failed**`,
      skipped && `${skipped} skipped`,
      only && 'a part of the file',
      objectSha256 !== current && 'with older programs',
    ];
    return `${parts.filter(Boolean).join(', ')} (${seconds} s)`;
  };
  const rows = names.map((name) => [name, ...reports.map(({ results }) => cell(results[name]))]);
  const days = reports.map(({ results }) =>
    [...new Set(Object.values(results).map(({ date }) => date))].sort().join(', '),
  );
  return table(['suite', ...columns(reports)], [...rows, ['run on', ...days]]);
}

const objectTitles = {
  network_monitor: 'own table',
  network_monitor_hash: 'hash maps',
};

function verifiedTable(reports, verified) {
  const rows = Object.entries(verified).flatMap(([object, programs]) =>
    Object.entries(programs).map(([program, kernels]) => [
      objectTitles[object] ?? object,
      `\`${program}\``,
      ...reports.map(({ name }) => kernels[name]?.instructions.toLocaleString('en') ?? ''),
    ]),
  );
  return table(['flows in', 'program', ...columns(reports)], rows);
}

export function writeKernelTables(reports, currentObject) {
  let text = readFileSync(page, 'utf8');
  text = replaceBlock(text, 'features', featureTable(reports));
  text = replaceBlock(text, 'suites', suiteTable(reports, currentObject));
  text = replaceBlock(text, 'verified', verifiedTable(reports, writeVerified(reports)));
  writeFileSync(page, text);
}
