// Lists the programs on an interface of a network namespace, by a process inside it, independent of the program under test.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HookedProgram } from '../../src/core/native/contract.js';
import type { Namespace } from './namespaces.js';
import { projectRoot } from './program.js';

const script = `
const native = require(process.argv[1]);
const link = native.links().find((one) => one.name === process.argv[2]);
process.stdout.write(JSON.stringify({ features: native.probe(), programs: link ? native.hookedPrograms(link.index) : null }));
`;

export interface HookListing {
  readonly features: Readonly<Record<string, boolean | string>>;
  readonly programs: readonly HookedProgram[];
}

/** The addon for separate processes without the test's bundle: of the clone's build, or of a staged release. */
export function addonFile(): string {
  const addon = ['build/addon/Release', `prebuilds/linux-${process.arch}`]
    .map((folder) => join(projectRoot(), folder, 'kubenetprobe_top.node'))
    .find((file) => existsSync(file));
  if (addon === undefined) throw new Error('no addon is built');
  return addon;
}

export function listHooks(namespace: Namespace, interfaceName: string): HookListing {
  const result = namespace.run(process.execPath, '-e', script, addonFile(), interfaceName);
  if (result.status !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout) as HookListing;
}
