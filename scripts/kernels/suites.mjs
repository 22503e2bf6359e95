// Which prebuilt tests run inside a machine: those that a kernel can fail.
import { join, relative } from 'node:path';
import { nodeTestFiles } from '../bundle.mjs';
import { root } from '../toolchain.mjs';

/**
 * Emulated, JavaScript is 16 times slower: what tests no kernel (captures by the hundred, screens, registries) stays outside. A
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
  // Not what programs cost: an emulated packet takes longer than their meter believes.
  ['e2e/library-object', '^(custom lines|--watch:|a file)'],
  // Not library-outside, library-reload: they compile our whole object again and again, a minute each inside.
  ['e2e/library.test'],
  // The others ask /proc and the mounts, which are no kernel's own. Last: lockdown can't be taken back.
  ['e2e/doctor', '^(root|three|64 KiB|a seccomp|no bpf|no BTF|others|lockdown)'],
];

/**
 * In `npm test`, in some three minutes: loading, facts, attaching, and a few tests of the whole program, in which it counts, gives
 * up its rights, is killed and cleaned up after. The floods of addon/drain alone take as long as the rest.
 */
const quick = [
  ['kernel/kernel-events'],
  ['addon/attach'],
  ['addon/clsact'],
  ['e2e/privileges', '^one interface'],
  ['e2e/neighbours.test', '^a run that is killed'],
  ['e2e/doctor', '^64 KiB'],
];

/** An emulated packet takes longer than the programs' cost meter believes (65 µs): it takes no sample. */
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
    // Timed ones run only where they are named themselves, not with their folder.
    const isTimed = timed.some((word) => name.includes(word) && !asked?.[0].includes(word));
    const isWanted = !isTimed && (named.length > 0 ? asked !== undefined : place >= 0);
    const only = asked?.[1] ?? suite[place]?.[1] ?? '';
    return isWanted ? [{ file: name.replace(/\.ts$/, '.mjs'), only, place }] : [];
  });
  return chosen.sort((a, b) => a.place - b.place);
}
