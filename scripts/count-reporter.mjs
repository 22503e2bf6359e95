// A reporter for node --test that writes one JSON object at the end: how many passed, failed, were skipped.
export default async function* countReporter(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { skip, todo, details } = event.data;
    // Left out by --test-name-pattern: nobody asked for it.
    if (skip === 'test name does not match pattern') continue;
    if (event.type === 'test:fail' && details?.type === 'suite') {
      // A suite fails with its tests, which count themselves; alone only when its hooks threw.
      if (details.error?.failureType === 'hookFailed') counts.failed++;
      continue;
    }
    if (details?.type === 'suite') continue;
    if (skip !== undefined || todo !== undefined) counts.skipped++;
    else if (event.type === 'test:pass') counts.passed++;
    else counts.failed++;
  }
  yield `${JSON.stringify(counts)}\n`;
}
