// Pages of the program's own files can be dropped while it runs: they come back, and nothing is lost.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { loadNative } from '../../src/core/native/load.js';

/** Kilobytes of files' pages. */
function residentOfFiles(): number {
  return Number(/^RssFile:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}

test('what only the start needed is not resident any more, and the process goes on', () => {
  const text = 'what was written before is read afterwards, '.repeat(10_000);
  const packed = gzipSync(text);
  const before = residentOfFiles();
  const dropped = loadNative().dropStartupPages();
  assert.ok(dropped > 1e6, `${dropped} bytes were dropped`);
  assert.ok(residentOfFiles() < before, 'file pages are fewer');
  assert.equal(gunzipSync(packed).toString(), text);
  assert.equal(loadNative().dropStartupPages() >= 0, true);
});
