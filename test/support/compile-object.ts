// Compiles BPF objects for tests as a user would: with clang and the distribution's headers, without ours.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { patience } from './program.js';

const include = `/usr/include/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;

/** `flags`: replace the default, -g. */
export function compileObject(source: string, flags: readonly string[] = ['-g']): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'kl-object-'));
  try {
    const [from, to] = [join(folder, 'program.bpf.c'), join(folder, 'program.bpf.o')];
    writeFileSync(from, source);
    execFileSync(
      'clang',
      ['-target', 'bpf', '-O2', '-Wall', '-Werror', ...flags, '-I', include, '-c', from, '-o', to],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 60_000 * patience,
      },
    );
    return new Uint8Array(readFileSync(to));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
