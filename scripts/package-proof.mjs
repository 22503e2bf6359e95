// `npm run test:package [version..] [--write]`: the packed release, from a registry on loopback, on a root with Node and nothing else.
import { join } from 'node:path';
import { nodeRelease, nodeVersions, oldNodeVersions } from './node-releases.mjs';
import { addNode, makeRoot, removeRoot } from './package/bare-root.mjs';
import { makeNetwork } from './package/network.mjs';
import {
  npmFolder,
  proveHostilePlaces,
  proveOldNode,
  proveUse,
  proveVersionManager,
} from './package/proofs.mjs';
import { startRegistry } from './package/registry.mjs';
import { releasedTarball, unpackRelease } from './package/released.mjs';
import { recordProofs } from './platforms-page.mjs';
import { setup } from './setup.mjs';
import { reportAndExit } from './toolchain.mjs';

const distribution = 'Debian 12';
const port = 4873;

function main() {
  const words = process.argv.slice(2);
  const named = words.filter((word) => !word.startsWith('-'));
  setup('proof');
  return prove(named.length > 0 ? named : nodeVersions, words.includes('--write'));
}

async function prove(versions, write) {
  const network = makeNetwork();
  let registry;
  try {
    registry = await startRegistry({ port, prefix: network.prefix });
    registry.publish(releasedTarball());
    for (const version of versions) {
      const outcome = withRoot((folder) => {
        addNode(folder, { node: nodeRelease(version), npm: npmFolder() });
        const place = { folder, network, registry, name: `Node ${version}` };
        const times = proveUse(place);
        proveHostilePlaces(place);
        return times;
      });
      const entry = { proof: `npx on a bare ${distribution}`, outcome };
      if (write) recordProofs('package', { [`Node.js ${version}`]: entry });
    }
    const byManager = withRoot((folder) => {
      const prefix = 'opt/version-manager';
      addNode(folder, { node: nodeRelease(versions[0]), npm: npmFolder(), prefix });
      const name = `Node ${versions[0]} outside of sudo's PATH`;
      return proveVersionManager({ folder, network, registry, name, bin: `${prefix}/bin` });
    });
    const managed = { proof: `npx on a bare ${distribution}`, outcome: byManager };
    if (write) recordProofs('package', { "Node.js outside of sudo's PATH": managed });
    const launcher = join(unpackRelease(), 'dist/kubenetprobe-top.cjs');
    for (const version of oldNodeVersions) {
      const outcome = proveOldNode(version, nodeRelease(version), launcher);
      if (write)
        recordProofs('package', { [`Node.js ${version}`]: { proof: 'launcher', outcome } });
    }
    process.stdout.write(`\n${versions.length + oldNodeVersions.length + 1} passed, 0 failed\n`);
  } finally {
    registry?.stop();
    network.remove();
  }
}

function withRoot(work) {
  const folder = makeRoot(distribution);
  try {
    return work(folder);
  } finally {
    removeRoot(folder);
  }
}

main().catch(reportAndExit);
