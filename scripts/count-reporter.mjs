// A reporter for node --test that writes one JSON object at the end: the numbers of passed, failed and skipped tests, and the files with failures.
export default async function* countReporter(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failedFiles = new Set();
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { skip, todo, details, file } = event.data;
    // Excluded by --test-name-pattern: not counted as skipped.
    if (skip === 'test name does not match pattern') continue;
    if (event.type === 'test:fail') failedFiles.add(file);
    if (event.type === 'test:fail' && details?.type === 'suite') {
      // A suite fails with its tests, which are counted; on its own only if a hook threw.
      if (details.error?.failureType === 'hookFailed') counts.failed++;
      continue;
    }
    if (details?.type === 'suite') continue;
    if (skip !== undefined || todo !== undefined) counts.skipped++;
    else if (event.type === 'test:pass') counts.passed++;
    else counts.failed++;
  }
  yield `${JSON.stringify({ ...counts, failedFiles: [...failedFiles] })}\n`;
}
