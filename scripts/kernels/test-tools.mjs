// What tests compile at first use, compiled outside of the machines: clang is seven times slower inside.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from '../toolchain.mjs';

/** Name → source and what it is linked with. */
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
