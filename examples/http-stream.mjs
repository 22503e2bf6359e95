// Ticks and alerts over HTTP, one JSON object a line, by node:http alone. Usage: sudo node http-stream.mjs eth0 [PORT]
//   curl -N http://127.0.0.1:8080/
// A reader that is too slow misses ticks, never memory: counters are cumulative, so nothing is lost by it.
import { createServer } from 'node:http';
import { NetworkMonitor } from 'kubenetprobe-top';

const [networkInterface, port = '8080'] = process.argv.slice(2);
const readersMax = 100;
const readers = new Set();

function tell(type, value) {
  const line = `${JSON.stringify({ type, ...value })}\n`;
  for (const response of readers) if (!response.writableNeedDrain) response.write(line);
}

const server = createServer((request, response) => {
  if (request.method !== 'GET' || readers.size >= readersMax) {
    response.writeHead(request.method === 'GET' ? 503 : 405).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  response.flushHeaders();
  readers.add(response);
  response.once('close', () => readers.delete(response));
});

const monitor = await NetworkMonitor.create({ interfaces: [networkInterface] });
monitor.on('tick', ({ timeUs, interfaces, protocols, flows }) => tell('tick', { timeUs, interfaces, protocols, flows }));
monitor.on('alert', (alert) => tell('alert', alert));
monitor.on('close', () => {
  for (const response of readers) response.end();
  server.close();
});
process.once('SIGINT', () => monitor.close());
await monitor.startEventProcessing();
server.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
