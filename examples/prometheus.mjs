// Totals for Prometheus, by node:http alone. Usage: sudo node prometheus.mjs eth0 [PORT]
//   curl http://127.0.0.1:9187/metrics
// Counters are cumulative, as Prometheus wants them; nothing is computed between two scrapes.
import { createServer } from 'node:http';
import { ExpectedError, NetworkMonitor } from 'kubenetprobe-top';

const [networkInterface, port = '9187'] = process.argv.slice(2);

/** Two counters with two directions each, for every row. */
function counters(name, label, rows) {
  return rows.flatMap((row) =>
    ['received', 'sent'].flatMap((direction) =>
      ['packets', 'bytes'].map((unit) => `network_${name}_${unit}_total{${label}=${JSON.stringify(row[label] ?? row.name)},direction="${direction}"} ${row[direction][unit]}`),
    ),
  );
}

function metrics(stats, programs) {
  return [
    ...counters('interface', 'interface', stats.interfaces),
    ...counters('protocol', 'protocol', stats.protocols),
    `network_flows ${stats.flowsTracked}`,
    `network_flows_untracked_packets_total ${stats.untracked.packets}`,
    ...programs.flatMap(({ name, runCount, missedCount, errors }) => [
      ...(runCount === null ? [] : [`network_program_runs_total{program="${name}"} ${runCount}`]),
      `network_program_missed_total{program="${name}"} ${missedCount}`,
      ...Object.entries(errors).map(([error, count]) => `network_program_errors_total{program="${name}",error="${error}"} ${count}`),
    ]),
    '',
  ].join('\n');
}

async function main() {
  const monitor = await NetworkMonitor.create({ interfaces: [networkInterface], limit: 0 });
  const server = createServer((request, response) => {
    const stats = monitor.getPacketStats();
    if (request.url !== '/metrics' || !stats) return response.writeHead(stats ? 404 : 503).end();
    response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
    response.end(metrics(stats, monitor.programs()));
  });
  monitor.on('error', (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
  monitor.on('close', () => server.close());
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => monitor.close());
  await monitor.startEventProcessing();
  server.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/metrics`));
}

main().catch((error) => {
  if (!(error instanceof ExpectedError)) throw error;
  console.error(`${error.message}\n  ${error.advice}`);
  process.exitCode = error.status;
});
