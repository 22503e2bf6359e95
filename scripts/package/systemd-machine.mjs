// Runs the example unit under a real systemd: a virtual machine with a bare Debian, Node and the release.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareKernel } from '../kernels/kernel-image.mjs';
import { runOnKernel } from '../kernels/machine.mjs';
import { root } from '../toolchain.mjs';
import { countedPings } from './proofs.mjs';

const unit = 'kubenetprobe-top.service';

/** CAP_NET_ADMIN, CAP_PERFMON and CAP_BPF, by their bits (linux/capability.h). */
const monitoringCapabilities = (1n << 12n) | (1n << 38n) | (1n << 39n);

/** The first user id of systemd's dynamic users. */
const firstDynamicUser = 61_184;

/** Emulated, the program's first line takes half a minute; a tick takes the unit's ten seconds. */
const secondsToTicks = 240;
const secondsForMachine = 420;

/** Runs as a separate service: reads the unit's privileges while it counts, stops it, and prints its journal. */
const proof = `#!/bin/sh
for i in $(seq ${secondsToTicks}); do
	[ "$(journalctl -o cat -u ${unit} | grep -c '"type":"tick"')" -ge 3 ] && break
	sleep 1
done
pid=$(systemctl show -P MainPID ${unit})
for task in /proc/$pid/task/*; do
	grep -E '^(Uid|CapEff|CapBnd|NoNewPrivs):' "$task/status" | tr '\\n' ' '
	echo
done >/proof/tasks
systemctl stop ${unit}
systemctl show -P Result ${unit} >/proof/result
journalctl -o cat -u ${unit} >/proof/journal
systemctl poweroff --force
`;

const proofUnit = `[Service]
ExecStart=/proof/run
StandardError=append:/proof/errors
`;

/**
 * The network is set up before systemd starts; systemd is process 1 of a PID namespace, and the machine is discarded as a whole.
 * Its output comes back as sections, with what it left in the kernel.
 */
const machineScript = `set -e
folder=$1
ip netns add far
ip link add veth0 type veth peer name veth0 netns far
ip -n far addr add 10.78.0.2/24 dev veth0; ip -n far link set veth0 up
ip addr add 10.78.0.1/24 dev veth0; ip link set veth0 up
ip netns exec far ping -q -i 0.2 10.78.0.1 >/dev/null &
mount --bind "$folder" "$folder"
container=virtual unshare --fork --pid --mount --propagation private sh -c '
	mount -t proc proc "$1/proc"; mount -t sysfs sysfs "$1/sys"; mount --rbind /sys/fs/cgroup "$1/sys/fs/cgroup"
	mount -t devtmpfs dev "$1/dev"; mount -t tmpfs tmpfs "$1/tmp"; mount -t tmpfs tmpfs "$1/run"
	exec chroot "$1" /lib/systemd/systemd --unit=proof.target --log-target=console --show-status=no' sh "$folder" >&2 || true
cd "$folder/proof"
for name in tasks result journal; do echo "KNP $name"; cat $name; done
echo KNP left; bpftool prog show | grep -A1 'network_monitor' || true; tc filter show dev veth0 ingress; tc filter show dev veth0 egress
`;

function sections(output) {
  const parts = output.split(/^KNP (\w+)\n/m).slice(1);
  return Object.fromEntries(
    Array.from({ length: parts.length / 2 }, (_, i) => [parts[i * 2], parts[i * 2 + 1].trim()]),
  );
}

function install(folder, release) {
  cpSync(release, join(folder, 'opt/kubenetprobe-top'), { recursive: true });
  symlinkSync(
    '/opt/kubenetprobe-top/dist/kubenetprobe-top.cjs',
    join(folder, 'usr/local/bin/kubenetprobe-top'),
  );
  const units = join(folder, 'etc/systemd/system');
  cpSync(join(root, 'docs/examples', unit), join(units, unit));
  writeFileSync(join(units, 'proof.service'), proofUnit);
  writeFileSync(join(units, 'proof.target'), `[Unit]\nWants=${unit} proof.service\n`);
  mkdirSync(join(folder, 'proof'));
  writeFileSync(join(folder, 'proof/run'), proof, { mode: 0o755 });
}

function assertUnprivileged(tasks) {
  const lines = tasks.split('\n');
  assert.ok(lines.length > 3, `all threads are told: ${tasks}`);
  for (const line of lines) {
    const words = Object.fromEntries(
      [...line.matchAll(/(\w+):\s+(\S+)/g)].map(([, name, value]) => [name, value]),
    );
    assert.ok(Number(words.Uid) >= firstDynamicUser, `a dynamic user: ${line}`);
    assert.equal(words.NoNewPrivs, '1', line);
    for (const set of ['CapEff', 'CapBnd']) {
      assert.equal(BigInt(`0x${words[set]}`) & ~monitoringCapabilities, 0n, line);
    }
  }
}

function pingsIn(journal) {
  const lines = journal
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  assert.equal(lines[0]?.type, 'start', journal);
  return countedPings(`the unit's journal\n${journal}`, lines.at(-1));
}

/** `folder`: a bare root with systemd and Node; `release`: the unpacked package. Resolves with the table's text. */
export async function proveUnit(folder, release, kernelName) {
  install(folder, release);
  const kernel = prepareKernel(kernelName);
  const machine = await runOnKernel(kernel, '/', ['sh', '-c', machineScript, 'sh', folder], {
    seconds: secondsForMachine,
  });
  const log = `${machine.output}\n${machine.errors}`;
  assert.equal(machine.status, 0, log);
  const { tasks, result, journal, left } = sections(machine.output);
  assertUnprivileged(tasks);
  const pings = pingsIn(journal);
  assert.equal(result, 'success', log);
  assert.equal(left, '', 'no program and no filter stays');
  process.stdout.write(
    `systemd, Linux ${kernel.release}: ${pings} pings in ${machine.seconds.toFixed(0)} s\n`,
  );
  return `counts to the byte as a dynamic user, each thread with no capability but the unit's three; systemctl stop leaves nothing (Linux ${kernel.release})`;
}
