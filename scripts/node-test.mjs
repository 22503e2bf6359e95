// The arguments of node --test for every suite, on any Node: printed while it runs, counted into a file.
import { join } from 'node:path';
import { root } from './toolchain.mjs';

export function nodeTestArguments(files, results) {
  return [
    '--test',
    // One file at a time: tests share the machine's interfaces, and machines may be small.
    '--test-concurrency=1',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${join(root, 'scripts/count-reporter.mjs')}`,
    `--test-reporter-destination=${results}`,
    ...files,
  ];
}
