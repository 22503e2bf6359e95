// Runs the detection tests and writes their results to docs/detection.md, one row per rule. Takes some ten minutes, needs root.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { reportAndExit, root } from './toolchain.mjs';

const suites = [
  ...['labels', 'live', 'network', 'logins', 'crafted', 'rest', 'honest', 'workloads'],
];
const results = join(root, 'build/results/detection.ndjson');
const page = join(root, 'docs/detection.md');
const begin = '<!-- written by scripts/detection-table.mjs -->';
const end = '<!-- end of what is written -->';
const program = join(root, 'dist/kubenetprobe-top.cjs');
/** Kinds that two rules raise: the second rule is identified by the service or protocol in its evidence. */
const secondRules = new Map([
  ['SSH', 'ssh-log-ins'],
  ['SCTP', 'sctp-scan'],
  ['LLMNR', 'name-poisoning'],
]);

function runTests() {
  mkdirSync(join(root, 'build/results'), { recursive: true });
  rmSync(results, { force: true });
  const files = suites.map((suite) => join(root, `build/test/e2e/detect-${suite}.test.mjs`));
  const env = { ...process.env, KNP_DETECTION_RESULTS: results };
  const args = ['--test', '--test-concurrency=1', ...files];
  const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
  if (status !== 0) process.stderr.write('some tests failed: the table says what was missed\n');
}

/** Kind → its rule, from the program's list. */
function rulesByKind() {
  const { stdout } = spawnSync(process.execPath, [program, '--list-rules'], { encoding: 'utf8' });
  const lines = stdout.split('\n').slice(1);
  const rows = lines.map((line) => /^(\w+) +\w+ +\S+ +([\w-]+)/.exec(line)).filter(Boolean);
  return new Map(rows.map(([, kind, rule]) => [kind, rule]));
}

const unique = (values) => [...new Set(values)];
const plain = (text) => text.replaceAll('|', '/');

function rowOf(rule, kinds, tried, all) {
  const named = (by) => unique(tried.filter((one) => one.by === by).map(({ on }) => plain(on)));
  const hits = tried.filter(({ found }) => found).length;
  const falseAlerts = all.flatMap(({ falseKinds }) => falseKinds);
  const live = tried.filter(({ by }) => by === 'tool');
  const delays = live.map((one) => one.delaySeconds).filter((value) => value !== null);
  const longest = delays.length > 0 ? Math.max(...delays).toFixed(1) : '';
  const seen = kinds.filter((kind) => tried.some((one) => one.kind === kind));
  const cells = [
    rule,
    seen.map((kind) => `\`${kind}\``).join(', '),
    named('capture').join(' ') || 'none',
    [...named('tool'), ...named('crafted')].join('; ') || 'none',
    `${hits} / ${tried.length - hits}`,
    falseAlerts.filter((kind) => kinds.includes(kind)).length,
    longest,
  ];
  return `| ${cells.join(' | ')} |`;
}

function table() {
  const all = readFileSync(results, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const rules = rulesByKind();
  const ruleOf = (one) => secondRules.get(one.service) ?? rules.get(one.kind);
  const honest = all.filter(({ by }) => by === 'honest');
  const tried = all.filter(({ by }) => by !== 'honest');
  const rows = unique(rules.values()).map((rule) => {
    const own = tried.filter((one) => ruleOf(one) === rule);
    const kinds = [...rules].filter(([, name]) => name === rule).map(([kind]) => kind);
    return own.length > 0 ? rowOf(rule, kinds, own, all) : null;
  });
  for (const rule of secondRules.values()) {
    const own = tried.filter((one) => ruleOf(one) === rule);
    // False alerts are counted once, with the first rule of their kind.
    if (own.length > 0) rows.push(rowOf(rule, unique(own.map(({ kind }) => kind)), own, []));
  }
  const without = [...rules].filter(([kind]) => !tried.some((one) => one.kind === kind));
  const count = honest.length;
  const loads = unique(honest.filter(({ on }) => !/^[A-Z]\d\d$/.test(on)).map(({ on }) => on));
  return [
    '| rule | kinds | captures | tools and crafted attacks, live | hits / misses | false | delay, s |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.filter(Boolean),
    '',
    `Silent, ${count} captures and loads: ${honest.flatMap(({ falseKinds }) => falseKinds).length} alerts of medium or above. Loads, live or as captures: ${loads.join('; ')}.`,
    '',
    `Not in these tests: ${without.map(([kind]) => `\`${kind}\``).join(', ')}.`,
  ].join('\n');
}

async function main() {
  if (!process.argv.includes('--last')) {
    await build(['bpf', 'addon', 'bundle', 'tests']);
    runTests();
  }
  if (!existsSync(results)) throw new Error(`no results in ${results}`);
  const text = readFileSync(page, 'utf8');
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(end);
  if (from < begin.length || to < from) throw new Error(`${page} has no place for the table`);
  writeFileSync(page, `${text.slice(0, from)}\n\n${table()}\n\n${text.slice(to)}`);
}

main().catch(reportAndExit);
