// Flows as CSV on stdout, one line for each flow in each second, for so many seconds. Usage: sudo node flows-to-csv.mjs eth0 [SECONDS]
// stdout that is full makes it wait: then ticks are skipped, and counters, which are cumulative, lose nothing by it.
import { once } from 'node:events';
import { NetworkMonitor } from 'kubenetprobe-top';

const [networkInterface, seconds = '10'] = process.argv.slice(2);
const cell = (value) => (value === null ? '' : String(value));

function line(timeUs, { protocol, source, destination, forward, reverse, bitsPerSecond }) {
  const time = new Date(timeUs / 1000).toISOString();
  const ends = [source.address, source.port, destination.address, destination.port];
  return `${[time, protocol, ...ends, forward.bytes, reverse.bytes, Math.round(bitsPerSecond)].map(cell).join(',')}\n`;
}

const signal = AbortSignal.timeout(Number(seconds) * 1000);
const monitor = await NetworkMonitor.create({ interfaces: [networkInterface], limit: Infinity, signal });
await monitor.startEventProcessing();
process.stdout.write('time,protocol,source,sourcePort,destination,destinationPort,forwardBytes,reverseBytes,bitsPerSecond\n');
for await (const { timeUs, flows, final } of monitor) {
  // The last tick's rates are means over the whole run.
  if (final) break;
  for (const flow of flows) if (!process.stdout.write(line(timeUs, flow))) await once(process.stdout, 'drain');
}
await monitor.close();
console.error(`${monitor.ticksSkipped} ticks skipped`);
