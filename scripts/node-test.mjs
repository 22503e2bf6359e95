// The arguments of node --test that every suite is run by, on any Node: told as it goes, counted into a file.
import { join } from 'node:path';
import { root } from './toolchain.mjs';

export function nodeTestArguments(files, results) {
  return [
    '--test',
    // One file at a time: they share the machine's interfaces, and small machines.
    '--test-concurrency=1',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${join(root, 'scripts/count-reporter.mjs')}`,
    `--test-reporter-destination=${results}`,
    ...files,
  ];
}
