// Rewrites test/ui/golden from the current screen. Look at every changed file before you commit it.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

if (process.env.CI) {
  process.stderr.write('golden screens are never written in CI\n');
  process.exit(2);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const { status } = spawnSync('npx', ['vitest', 'run', 'test/ui/golden.test.ts'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, WRITE_GOLDEN_SCREENS: 'yes' },
});
process.exit(status ?? 1);
