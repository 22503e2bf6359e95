// Verified instructions of each program on each kernel: compares a run with the committed record.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../toolchain.mjs';

const record = join(root, 'docs/verified-instructions.json');

/** The verifier's limit for one program. */
const limit = 1_000_000;

/** [object, program, {instructions, states, stackBytes}] of all programs that a kernel accepted. */
function programsOf(report) {
  return Object.entries(report.verified ?? {}).flatMap(([object, { programs }]) =>
    Object.entries(programs).map(([program, figures]) => [object, program, figures]),
  );
}

/** {object: {program: {kernel: {instructions, states, stackBytes}}}} */
export function readVerified() {
  return existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : {};
}

/** The record, updated by these runs. */
export function mergeVerified(known, reports) {
  const merged = {};
  const put = (object, program, kernel, figures) => {
    merged[object] ??= {};
    merged[object][program] ??= {};
    merged[object][program][kernel] = figures;
  };
  // Rows of removed programs are dropped.
  const answered = reports.filter((report) => programsOf(report).length > 0);
  const renewed = new Set(answered.map((report) => report.name));
  for (const [object, programs] of Object.entries(known)) {
    for (const [program, kernels] of Object.entries(programs)) {
      for (const [kernel, figures] of Object.entries(kernels)) {
        if (!renewed.has(kernel)) put(object, program, kernel, figures);
      }
    }
  }
  for (const report of reports) {
    for (const [object, program, figures] of programsOf(report)) {
      put(object, program, report.name, figures);
    }
  }
  return merged;
}

const count = (value) => value.toLocaleString('en');

function difference(what, before, now) {
  const share = `${((now / limit) * 100).toFixed(1)} % of the limit`;
  if (before === undefined) return `${what}: ${count(now)}, new, ${share}`;
  const percent = Math.abs(((now - before) / before) * 100).toFixed(1);
  const word = now > before ? 'GROWN' : 'shrunk';
  return `${what}: ${count(before)} → ${count(now)}, ${word} by ${percent} %, ${share}`;
}

/** One line for each program on each kernel that differs from the record. */
export function compareVerified(known, reports) {
  return reports.flatMap((report) =>
    programsOf(report).flatMap(([object, program, { instructions }]) => {
      const before = known[object]?.[program]?.[report.name]?.instructions;
      if (before === instructions) return [];
      return [difference(`${report.name} ${object} ${program}`, before, instructions)];
    }),
  );
}

export function writeVerified(reports) {
  const merged = mergeVerified(readVerified(), reports);
  writeFileSync(record, `${JSON.stringify(merged, null, 2)}\n`);
  return merged;
}
