// Links the addon for one architecture inside the build root, with everything but libc inside it.
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError, root as repository } from '../toolchain.mjs';
import { prefixInRoot } from './libraries.mjs';
import { runInRoot } from './root.mjs';
import { addonNeeds, symbolFaults } from './symbols.mjs';
import { targets } from './targets.mjs';

export const addonName = 'kubenetprobe_top.node';

/** Copies the build's inputs; Node's headers come from node-api-headers, so the root needs no Node. */
function stageSources(root, generated) {
  const place = join(root, 'knp/repository');
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  for (const [from, to] of [
    ['addon', 'addon'],
    ['scripts/release/exports.map', 'exports.map'],
    ['bpf/include', 'bpf/include'],
    ['node_modules/node-api-headers/include', 'node-api'],
    ['node_modules/node-addon-api', 'node-addon-api'],
  ]) {
    cpSync(join(repository, from), join(place, to), { recursive: true });
  }
  cpSync(generated, join(place, 'generated'), { recursive: true });
}

/**
 * `generated`: folder with the BPF objects as headers; `objectSha256`: of the embedded object. Returns the file's requirements on a
 * machine; throws if servers may not meet them.
 */
export function buildAddon(root, architecture, { generated, objectSha256, target }) {
  const { triplet, processor } = targets[architecture];
  stageSources(root, generated);
  const folder = `/knp/${architecture}/addon`;
  rmSync(join(root, folder), { recursive: true, force: true });
  const definitions = {
    CMAKE_BUILD_TYPE: 'Release',
    CMAKE_SYSTEM_NAME: 'Linux',
    CMAKE_SYSTEM_PROCESSOR: processor,
    CMAKE_CXX_COMPILER: `${triplet}-g++`,
    CMAKE_SHARED_LINKER_FLAGS: '-Wl,--version-script=/knp/repository/exports.map',
    // gcc 10 warns falsely where moved-from owners are inlined; newer compilers check the clone's build without this.
    CMAKE_CXX_FLAGS: '-Wno-error=maybe-uninitialized',
    CMAKE_JS_INC: '/knp/repository/node-api',
    KNP_NODE_ADDON_API: '/knp/repository/node-addon-api',
    KNP_BPF_OBJECTS: '/knp/repository/generated',
    KNP_OBJECT_SHA256: objectSha256,
    KNP_STATIC_PREFIX: prefixInRoot(architecture),
  };
  const options = Object.entries(definitions).map(([name, value]) => `-D${name}='${value}'`);
  runInRoot(
    root,
    '/knp/repository',
    `cmake -S addon -B ${folder} ${options.join(' ')}
cmake --build ${folder} --parallel 2
[ ${architecture} != x64 ] || patchelf --remove-needed ld-linux-x86-64.so.2 ${folder}/${addonName}`,
  );
  mkdirSync(join(target, '..'), { recursive: true });
  cpSync(join(root, folder, addonName), target);
  const needs = addonNeeds(target);
  const faults = symbolFaults(needs, architecture);
  if (faults.length > 0) throw new BuildError(`${target}:\n  ${faults.join('\n  ')}`);
  return needs;
}
