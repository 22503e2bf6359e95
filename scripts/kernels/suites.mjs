// Selects the prebuilt tests that run in a machine: those whose result can depend on the kernel.
import { join, relative } from 'node:path';
import { nodeTestFiles } from '../bundle.mjs';
import { root } from '../toolchain.mjs';

/**
 * Emulated, JavaScript is 16 times slower: tests that don't depend on the kernel (captures by the hundred, screens, registries) are left out. A
 * second word names the tests of a file that are run.
 */
const everything = [
  ['kernel/'],
  ['addon/'],
  ['e2e/main-job'],
  ['e2e/neighbours'],
  ['e2e/devices'],
  ['e2e/following'],
  ['e2e/privileges'],
  // Not the cost tests: an emulated packet exceeds the cost meter's limit.
  ['e2e/library-object', '^(custom lines|--watch:|a file)'],
  // Not library-outside, library-reload: they compile the whole object repeatedly, a minute each when emulated.
  ['e2e/library.test'],
  // The other doctor tests read /proc and the mounts, which don't depend on the kernel. Last: lockdown can't be undone.
  ['e2e/doctor', '^(root|three|64 KiB|a seccomp|no bpf|no BTF|others|lockdown)'],
];

/**
 * Run by `npm test`, in some three minutes: loading, kernel events, attaching, and a few tests of the whole program: it counts, drops
 * privileges, is killed and cleaned up after. The floods of addon/drain alone take as long as the rest.
 */
const quick = [
  ['kernel/kernel-events'],
  ['addon/attach'],
  ['addon/clsact'],
  ['e2e/privileges', '^one interface'],
  ['e2e/neighbours.test', '^a run that is killed'],
  ['e2e/doctor', '^64 KiB'],
];

/** An emulated packet exceeds the limit of the programs' cost meter (65 µs): it takes no sample. */
const timed = ['kernel/cost'];

/** `NAME=PATTERN`: only the tests of a file whose names match, as in `--file=e2e/doctor=lockdown`. */
function readWord(word) {
  const at = word.indexOf('=');
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}

/** [{file, only}], in the suite's order: file as under build/test, e.g. e2e/main-job.test.mjs; `only` a pattern of test names, or empty. */
export function chooseFiles({ words, isQuick }) {
  const suite = isQuick ? quick : everything;
  const named = words.map(readWord);
  const chosen = nodeTestFiles().flatMap((path) => {
    const name = relative(join(root, 'test'), path);
    const place = suite.findIndex(([word]) => name.includes(word));
    const asked = named.find(([word]) => name.includes(word));
    // Timed tests run only if named themselves, not with their folder.
    const isTimed = timed.some((word) => name.includes(word) && !asked?.[0].includes(word));
    const isWanted = !isTimed && (named.length > 0 ? asked !== undefined : place >= 0);
    const only = asked?.[1] ?? suite[place]?.[1] ?? '';
    return isWanted ? [{ file: name.replace(/\.ts$/, '.mjs'), only, place }] : [];
  });
  return chosen.sort((a, b) => a.place - b.place);
}
