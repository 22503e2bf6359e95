// `npm start -- eth0`: sets up what is missing, builds what is out of date, runs. stdout belongs to the program.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { setup } from './setup.mjs';
import { reportAndExit, root } from './toolchain.mjs';

const launcher = join(root, 'dist/kubenetprobe-top.cjs');

try {
  setup();
  await build();
} catch (error) {
  reportAndExit(error);
}
// Runs in this process: signals, terminal and exit status belong to the program.
process.argv[1] = launcher;
await import(pathToFileURL(launcher).href);
