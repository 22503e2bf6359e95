// Objects with faults of any kind, up to the kernel: libbpf reads in our own process, so what it would die of must be refused before. Needs root and clang.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExpectedError } from '../../src/core/errors/expected-error.js';
import { loadNative } from '../../src/core/native/load.js';
import { loadFailure } from '../../src/core/objects/load-failure.js';
import { type ObjectFile, parseObjectFile } from '../../src/core/objects/object-file.js';
import { programChoice } from '../../src/core/objects/program-choice.js';
import { compileObject } from '../support/compile-object.js';
import { customCounters } from '../support/library-side.js';
import { mutated, structureOf } from '../support/mutated-object.js';
import { outsideObject } from '../support/outside-object.js';

const attempts = Number(process.env['KNP_MUTATIONS'] ?? 300);

/** A fault may ask for gigabytes: the kernel would give them. */
const isSmall = ({ maps }: ObjectFile) =>
  maps.every(({ maxEntries, valueBytes }) => maxEntries <= 1 << 21 && valueBytes <= 1 << 16);

type Outcome = 'refused as a file' | 'refused by the kernel' | 'loaded' | 'too large to be tried';

function outcomeOf(bytes: Uint8Array): Outcome {
  let file: ObjectFile;
  try {
    file = parseObjectFile(bytes, 'mutated.o');
  } catch (error) {
    assert.ok(error instanceof ExpectedError, String(error));
    return 'refused as a file';
  }
  if (!isSmall(file)) return 'too large to be tried';
  try {
    const object = new (loadNative().CompanionObject)(file.bytes, 'mutated', programChoice(file));
    for (const map of object.maps()) map.close();
    object.close();
    return 'loaded';
  } catch (error) {
    const failure = loadFailure('mutated.o', error);
    assert.ok(failure instanceof ExpectedError, String(error));
    assert.notEqual(failure.advice, '');
    return 'refused by the kernel';
  }
}

for (const [name, source] of [
  ['custom-counters', customCounters],
  ['an object of a stranger', outsideObject],
] as const) {
  test(`${attempts} faults in ${name}: each is loaded, or refused with words and advice`, (context) => {
    const object = compileObject(source);
    const structure = structureOf(object);
    const seen = new Map<Outcome, number>();
    for (let seed = 1; seed <= attempts; seed += 1) {
      const outcome = outcomeOf(mutated(object, seed, structure));
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    }
    context.diagnostic(JSON.stringify([...seen]));
    for (const outcome of ['refused as a file', 'refused by the kernel', 'loaded'] as const)
      assert.ok((seen.get(outcome) ?? 0) > attempts / 100, outcome);
  });
}
