// Runs a command on another kernel: QEMU without KVM, the host's root file system read-only inside.
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../cache.mjs';
import { BuildError } from '../toolchain.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const virtiofsd = ['/usr/lib/qemu/virtiofsd', '/usr/libexec/virtiofsd'];

const running = new Set();
let listening = false;

/** A signal that ends this process also ends its machines. */
function endWithUs(machine) {
  if (!listening) {
    listening = true;
    for (const signal of ['SIGINT', 'SIGTERM']) {
      process.once(signal, () => {
        for (const one of running) one.kill();
        process.exit(1);
      });
    }
  }
  running.add(machine);
  machine.once('close', () => running.delete(machine));
}

/** Exit status of timeout(1). */
const timedOut = 124;

const quote = (word) => `'${String(word).replaceAll("'", `'\\''`)}'`;

/** A virtio port of the machine as a local socket; `follow` gets each chunk as it arrives. */
function listen(path, follow) {
  let text = '';
  const server = createServer((socket) => {
    socket.setEncoding('utf8').on('data', (part) => {
      text += part;
      follow?.(part);
    });
    socket.on('error', () => socket.destroy());
  });
  return new Promise((resolve, reject) => {
    server
      .once('error', reject)
      .listen(path, () => resolve({ text: () => text, close: () => server.close() }));
  });
}

/**
 * QEMU 7's file server can't serve read-only, and root inside could mount it again read-write: so it gets a read-only bind
 * mount, made in a mount namespace of its own.
 */
async function serveRoot(job) {
  const server = virtiofsd.find((file) => existsSync(file));
  if (!server)
    throw new BuildError('virtiofsd is missing: apt-get install qemu-system-common virtiofsd');
  const socket = join(job, 'root.sock');
  const view = join(job, 'view');
  mkdirSync(view);
  const script = `mount --bind / "$1" && mount -o remount,bind,ro "$1" &&
    exec ${server} --socket-path="$2" -o source="$1" -o cache=always -o sandbox=chroot -f`;
  const child = spawn(
    'unshare',
    ['-m', '--propagation', 'private', 'sh', '-c', script, 'sh', view, socket],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (part) => {
    words += part;
  });
  for (let tries = 0; tries < 100 && !existsSync(socket); tries++) {
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (!existsSync(socket)) throw new BuildError(`virtiofsd did not start: ${words}`);
  return { socket, stop: () => child.kill() };
}

function qemuArguments(kernel, job, rootSocket, { memoryMiB, processors }) {
  const words = [
    ...[
      'console=ttyS0',
      'panic=-1',
      'oops=panic',
      'loglevel=4',
      'mitigations=off',
      'nokaslr',
      'audit=0',
    ],
    ...['tsc=reliable', 'no_timer_check', 'random.trust_cpu=on'],
    ...[`knp.job=${job}`, `knp.modules=${kernel.modules}`],
  ];
  const port = (id) => [
    ...['-chardev', `socket,id=${id},path=${join(job, id)}`],
    ...['-device', `virtserialport,chardev=${id},name=${id}`],
  ];
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-M', 'q35'],
    // Wide vectors are emulated by calls: without them Node needs a fifth less time.
    ...['-accel', 'tcg,thread=multi', '-cpu', 'max,-avx,-avx2', '-smp', processors],
    ...['-m', memoryMiB],
    ...[
      '-object',
      `memory-backend-memfd,id=mem,size=${memoryMiB}M,share=on`,
      '-numa',
      'node,memdev=mem',
    ],
    ...['-kernel', kernel.vmlinux, '-initrd', kernel.initramfs, '-append', words.join(' ')],
    ...['-chardev', `file,id=console,path=${join(job, 'console')}`, '-serial', 'chardev:console'],
    ...[
      '-chardev',
      `socket,id=root,path=${rootSocket}`,
      '-device',
      'vhost-user-fs-pci,chardev=root,tag=root',
    ],
    ...['-device', 'virtio-serial-pci', ...port('output'), ...port('errors'), ...port('status')],
  ].map(String);
}

/**
 * Runs a command in `folder`. Resolves with {status, output, errors, seconds}; status null: the machine died or the time ran
 * out, `errors` says which.
 */
export async function runOnKernel(kernel, folder, command, options = {}) {
  const { seconds = 300, memoryMiB = 1536, processors = 2, follow } = options;
  const job = mkdtempSync(join(cacheFolder('kernels'), 'job-'));
  const remove = () => rmSync(job, { recursive: true, force: true });
  process.once('exit', remove);
  cpSync(join(here, 'guest.sh'), join(job, 'guest.sh'));
  const lines = [`export PATH=${quote(process.env.PATH)}`, `cd ${quote(folder)}`];
  writeFileSync(join(job, 'command.sh'), [...lines, command.map(quote).join(' ')].join('\n'));
  const ports = {
    output: await listen(join(job, 'output'), follow),
    errors: await listen(join(job, 'errors')),
    status: await listen(join(job, 'status')),
  };
  const began = process.hrtime.bigint();
  let server;
  try {
    server = await serveRoot(job);
    const args = qemuArguments(kernel, job, server.socket, { memoryMiB, processors });
    // By timeout(1): the machine ends in time even if this process is killed.
    const limited = ['--kill-after=5', `${seconds}`, 'qemu-system-x86_64', ...args];
    const qemu = spawn('timeout', limited, { stdio: ['ignore', 'pipe', 'pipe'] });
    endWithUs(qemu);
    let words = '';
    for (const stream of [qemu.stdout, qemu.stderr]) stream.on('data', (part) => (words += part));
    const ended = await new Promise((resolve, reject) =>
      qemu.once('error', reject).once('close', resolve),
    );
    const status = ports.status.text().trim();
    const console = existsSync(join(job, 'console'))
      ? readFileSync(join(job, 'console'), 'utf8')
      : '';
    const tail = console.split('\n').slice(-25).join('\n');
    const reason =
      ended === timedOut ? `time-out after ${seconds} s` : `the machine died: ${words}`;
    return {
      status: status === '' ? null : Number(status),
      output: ports.output.text(),
      errors: ports.errors.text() + (status === '' ? `\n${reason}\n${tail}` : ''),
      seconds: Number(process.hrtime.bigint() - began) / 1e9,
    };
  } finally {
    server?.stop();
    for (const port of Object.values(ports)) port.close();
    process.off('exit', remove);
    remove();
  }
}
