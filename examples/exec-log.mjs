// What is started on this host: a line for each command, and once a second the commands that were started most often.
// Usage: sudo node exec-log.mjs exec-counter.bpf.o eth0
import { ExpectedError, NetworkMonitor } from 'kubenetprobe-top';

const [file, networkInterface] = process.argv.slice(2);
/** Of the one entry that a section of global variables has. */
const onlyKey = new Uint8Array(4);

try {
  await watch();
} catch (error) {
  if (!(error instanceof ExpectedError)) throw error;
  console.error(`${error.message}\n  ${error.advice}`);
  process.exitCode = error.status;
}

async function watch() {
  const monitor = await NetworkMonitor.fromObjectFile(file, { interfaces: [networkInterface] });
  process.once('SIGINT', () => monitor.close());
  // A program that this kernel refuses is named here; the others run.
  monitor.on('warning', ({ code, message }) => console.error(`${code}: ${message}`));
  monitor.on('event', ({ event, data }) => {
    if (event === 'starts') console.log(JSON.stringify({ started: data.command.name, process: data.process, user: data.user }));
  });
  await monitor.startEventProcessing();
  for await (const tick of monitor) {
    if (tick.final) break;
    const starts = [];
    for await (const { key, value } of monitor.map('starts_by_command')) starts.push({ command: key.name, starts: Number(value) });
    starts.sort((a, b) => b.starts - a.starts);
    console.log(JSON.stringify({ most: starts.slice(0, 5), tasks: Number(monitor.map('.bss').get(onlyKey).tasks_alive) }));
  }
}
