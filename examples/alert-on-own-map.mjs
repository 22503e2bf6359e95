// An alarm of one's own: more than LIMIT frames of one kind in a second, read from the map of custom-counters.bpf.c.
// Usage: sudo node alert-on-own-map.mjs custom-counters.bpf.o eth0 [LIMIT]
import { ExpectedError, NetworkMonitor } from 'kubenetprobe-top';

const [file, networkInterface, limit = '1000'] = process.argv.slice(2);

try {
  await watch();
} catch (error) {
  if (!(error instanceof ExpectedError)) throw error;
  console.error(`${error.message}\n  ${error.advice}`);
  process.exitCode = error.status;
}

async function watch() {
  const monitor = await NetworkMonitor.fromObjectFile(file, { interfaces: [networkInterface], watch: true });
  process.once('SIGINT', () => monitor.close());
  monitor.on('warning', ({ code, message }) => console.error(`${code}: ${message}`));
  await monitor.startEventProcessing();
  /** Frames at the last tick, by kind. */
  const before = new Map();
  for await (const tick of monitor) {
    if (tick.final) break;
    for await (const { key, value } of monitor.map('frames_by_kind')) {
      const kind = `${key.direction} 0x${key.ether_type.toString(16).padStart(4, '0')}`;
      const perSecond = (value.frames - (before.get(kind) ?? 0)) / tick.intervalSeconds;
      before.set(kind, value.frames);
      if (perSecond > Number(limit)) console.log(JSON.stringify({ alarm: kind, framesPerSecond: Math.round(perSecond) }));
    }
  }
}
