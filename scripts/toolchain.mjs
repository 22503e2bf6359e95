// Finds and runs the compilers and BPF tools of this machine.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A failure that the user can fix: printed without a stack trace. */
export class BuildError extends Error {}

/** Runs a program; `capture` returns its output, `toStderr` keeps stdout clean. Throws BuildError when it fails. */
export function run(
  file,
  args,
  { capture = false, env = process.env, cwd = root, input, toStderr = false } = {},
) {
  const result = spawnSync(file, args, {
    cwd,
    env,
    input,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: capture ? ['pipe', 'pipe', 'pipe'] : ['ignore', toStderr ? 2 : 'inherit', 'inherit'],
  });
  if (result.error) throw new BuildError(`${file}: ${result.error.message}`);
  if (result.status !== 0) {
    const words = capture ? `\n${result.stdout}${result.stderr}` : '';
    throw new BuildError(
      `${[file, ...args].join(' ')}\nfailed (${result.status ?? result.signal})${words}`,
    );
  }
  return result.stdout;
}

/** True if the program runs: a wrapper that only prints an error doesn't count. */
export function answers(file, args) {
  const result = spawnSync(file, args, { stdio: 'ignore' });
  return !result.error && result.status === 0;
}

/**
 * bpftool is in /usr/sbin, which isn't in an ordinary user's PATH; on Ubuntu before 25.04 that is a wrapper which needs
 * the tools of the running kernel, while any version of the real binary works.
 */
export function findBpftool() {
  const candidates = ['bpftool', '/usr/sbin/bpftool', '/usr/local/sbin/bpftool'];
  for (const parent of ['/usr/lib', '/usr/lib/linux-tools']) {
    if (!existsSync(parent)) continue;
    for (const name of readdirSync(parent).sort().reverse()) {
      const inner = join(parent, name);
      if (existsSync(join(inner, 'bpftool'))) candidates.push(join(inner, 'bpftool'));
    }
  }
  return candidates.find((file) => answers(file, ['version'])) ?? null;
}

export function requireBpftool() {
  const file = findBpftool();
  if (!file) {
    throw new BuildError(
      'no working bpftool found; install it: apt-get install bpftool (Ubuntu before 25.04: linux-tools-generic)',
    );
  }
  return file;
}

/** Folder of asm/types.h, which clang doesn't search for the BPF target. */
export function bpfIncludeFlags() {
  const machine = { x64: 'x86_64', arm64: 'aarch64' }[process.arch] ?? process.arch;
  return ['-isystem', `/usr/include/${machine}-linux-gnu`];
}

export function reportAndExit(error) {
  if (!(error instanceof BuildError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
