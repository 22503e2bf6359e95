// Builds batches of many distinct flows quickly, for benchmarks.
import * as at from '../src/core/flows/record-words.js';
import { openBatch } from '../src/core/wire/batch.js';
import { batchHeaderLayout, batchSectionLayout } from '../src/core/wire/layout.generated.js';
import { craftBatch } from '../test/support/batch-builder.js';

/** A batch of `count` distinct flows: one crafted record, then addresses, ports and fingerprint varied by a mixer. */
export function manyFlows(count: number, seed: number): ArrayBuffer {
  const one = craftBatch({ flows: [{ packets: [3, 2], bytes: [300, 3000], flags: [0x10, 0x10] }] });
  const first = openBatch(one);
  const headerWords = first.flowsWord;
  const words = new Uint32Array(headerWords + count * at.RECORD_WORDS);
  words.set(first.words.subarray(0, headerWords));
  const record = first.words.subarray(headerWords, headerWords + at.RECORD_WORDS);
  for (let i = 0; i < count; i += 1) {
    const base = headerWords + i * at.RECORD_WORDS;
    words.set(record, base);
    let hash = Math.imul(i + seed * 7_919_333 + 1, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    words[base + at.FINGERPRINT] = (hash ^ (hash >>> 13)) >>> 0;
    // In the order of a drain: ascending by bucket, any order within one.
    const place = ((i & ~7) + (hash & 7) + seed / 2) / (count + 8);
    words[base + at.FINGERPRINT + 1] = Math.floor(place * 2 ** 32);
    words[base + at.LOW_ADDRESS + 3] = hash >>> 0;
    words[base + at.PORTS] = (i + seed) >>> 0;
  }
  const view = new DataView(words.buffer);
  const flows = 2 * batchSectionLayout.size + batchSectionLayout.offset.count;
  view.setUint32(batchHeaderLayout.size + flows, count, true);
  view.setBigUint64(batchHeaderLayout.offset.length, BigInt(words.byteLength), true);
  return words.buffer as ArrayBuffer;
}
