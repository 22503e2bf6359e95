// Two network namespaces, a veth between them, and continuous pings: the traffic that a packed program has to count.
import { spawn, spawnSync } from 'node:child_process';
import { run } from '../toolchain.mjs';

const addresses = ['10.78.0.1/24', '10.78.0.2/24'];

/** Registry and program share the first namespace; the second has the same interface, without a peer that answers. */
export function makeNetwork() {
  const near = `pp${process.pid}`;
  const far = `${near}f`;
  for (const name of [near, far]) run('ip', ['netns', 'add', name]);
  const end = (name) => ['name', 'veth0', 'netns', name];
  run('ip', ['link', 'add', ...end(near), 'type', 'veth', 'peer', ...end(far)]);
  for (const [index, name] of [near, far].entries()) {
    run('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
    run('ip', ['-n', name, 'addr', 'add', addresses[index], 'dev', 'veth0']);
    run('ip', ['-n', name, 'link', 'set', 'veth0', 'up']);
  }
  const enter = (name) => ['nsenter', `--net=/run/netns/${name}`, '--'];
  const [file, ...args] = [...enter(far), 'ping', '-q', '-i', '0.05', '10.78.0.1'];
  const pings = spawn(file, args, { stdio: 'ignore' });
  return {
    path: `/run/netns/${near}`,
    prefix: enter(near),
    withoutRegistry: enter(far),
    /** Its links, filters and programs, as text: what a program could leave behind. */
    state() {
      const ask = (...command) => run(command[0], command.slice(1), { capture: true }).trim();
      return {
        links: ask('ip', '-n', near, '-details', 'link'),
        disciplines: ask('tc', '-n', near, 'qdisc'),
        filters: ask('tc', '-n', near, 'filter', 'show', 'dev', 'veth0'),
        processes: ask('ip', 'netns', 'pids', near),
      };
    },
    remove() {
      pings.kill('SIGKILL');
      for (const name of [near, far]) spawnSync('ip', ['netns', 'del', name]);
    },
  };
}
