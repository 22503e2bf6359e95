// The record of platform runs (docs/platform-proofs.json), and the tables of docs/platforms.md that are made from it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceBlock, table } from './kernels/tables.mjs';
import { nodeVersions } from './node-releases.mjs';
import { root } from './toolchain.mjs';

const record = join(root, 'docs/platform-proofs.json');
const page = join(root, 'docs/platforms.md');

const today = () => new Date().toISOString().slice(0, 10);
const byName = ([a], [b]) => a.localeCompare(b, 'en', { numeric: true });

function countsCell(result) {
  if (!result) return 'not run';
  const { passed, failed, skipped, seconds, date } = result;
  const parts = [
    `${passed} passed`,
    failed && `**${failed} failed**`,
    skipped && `${skipped} skipped`,
  ];
  return `${parts.filter(Boolean).join(', ')} (${seconds} s, ${date})`;
}

function nodeTable(nodes) {
  const suites = [...new Set(Object.values(nodes).flatMap(Object.keys))].sort();
  const versions = [...new Set([...nodeVersions, ...Object.keys(nodes)])];
  return table(
    ['Node.js', ...suites],
    versions.map((version) => [
      version,
      ...suites.map((name) => countsCell(nodes[version]?.[name])),
    ]),
  );
}

const proofTable = (proofs) =>
  table(
    ['platform', 'what was run', 'outcome', 'date'],
    Object.entries(proofs)
      .sort(byName)
      .map(([platform, { proof, outcome, date }]) => [platform, proof, outcome, date]),
  );

function readRecord() {
  const empty = { nodes: {}, package: {}, platforms: {} };
  return existsSync(record) ? { ...empty, ...JSON.parse(readFileSync(record, 'utf8')) } : empty;
}

function writePage({ nodes, platforms, ...rest }) {
  let text = readFileSync(page, 'utf8');
  text = replaceBlock(text, 'nodes', nodeTable(nodes));
  text = replaceBlock(text, 'package', proofTable(rest.package));
  text = replaceBlock(text, 'platforms', proofTable(platforms));
  writeFileSync(page, text);
}

/** `entries` of one part (nodes, package, platforms) replace those of the same name; the others keep their dates. */
export function recordProofs(part, entries) {
  const known = readRecord();
  const date = today();
  const sorted = (object) => Object.fromEntries(Object.entries(object).sort(byName));
  for (const [name, entry] of Object.entries(entries)) {
    known[part][name] =
      part === 'nodes'
        ? {
            ...known.nodes[name],
            ...Object.fromEntries(
              Object.entries(entry).map(([suite, counts]) => [suite, { ...counts, date }]),
            ),
          }
        : { ...entry, date };
  }
  known[part] = sorted(known[part]);
  writeFileSync(record, `${JSON.stringify(known, null, 2)}\n`);
  writePage(known);
}
