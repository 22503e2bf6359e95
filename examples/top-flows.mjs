// The ten fastest flows of an interface, once a second, until Ctrl-C. Usage: sudo node top-flows.mjs eth0
import { NetworkMonitor } from 'kubenetprobe-top';

const monitor = await NetworkMonitor.create({ interfaces: process.argv.slice(2), limit: 10 });
monitor.on('tick', ({ flows }) => console.table(flows.map(({ protocol, source, destination, bitsPerSecond }) => ({ protocol, source: source.address, destination: destination.address, bitsPerSecond: Math.round(bitsPerSecond) }))));
process.once('SIGINT', () => monitor.close());
await monitor.startEventProcessing();
