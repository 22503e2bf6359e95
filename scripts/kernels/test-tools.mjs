// Compiles the tools that tests would compile at first use, before the machines start: clang is seven times slower when emulated.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from '../toolchain.mjs';

/** Name → source and libraries. */
const tools = {
  neighbour: ['test/support/neighbour.c'],
  bulk: ['test/support/bulk.c'],
  paged_frame: ['test/support/paged_frame.c'],
  'tun-echo': ['test/support/tun-echo.c'],
  'without-bpf': ['test/support/without-bpf.c'],
  verifier: ['test/kernels/verifier.c', '-lbpf'],
};

export function buildTestTools() {
  const folder = join(root, 'build/tools');
  mkdirSync(folder, { recursive: true });
  for (const [name, [source, ...libraries]] of Object.entries(tools)) {
    const flags = ['-O1', '-Wall', '-Wextra', '-Werror', '-o', join(folder, name)];
    run('clang', [...flags, join(root, source), ...libraries]);
  }
}
