// Reads the requirements of a built addon (libraries, symbol versions), and refuses those that servers may not meet.
import { run } from '../toolchain.mjs';
import { targets } from './targets.mjs';

/** Node 20's minimum: an addon that needs more would fail on machines that run Node. */
export const glibcFloor = '2.28';

const allowedLibraries =
  /^(libc|libm|libpthread|libdl)\.so\.\d+$|^ld-linux-(x86-64|aarch64)\.so\.\d+$/;
const napi = /^(napi_|node_api_)/;
const exported = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

/** '2.3.4' → a number that sorts like the version. */
function ordinal(version) {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return (major * 1000 + minor) * 1000 + patch;
}

/** `text` is what `readelf --wide --file-header --dynamic --dyn-syms --version-info` printed. */
export function readNeeds(text) {
  const machine = text.match(/^\s*Machine:\s*(.+)$/m)?.[1] ?? '';
  const libraries = [...text.matchAll(/\(NEEDED\).*\[(.+?)\]/g)].map((match) => match[1]);
  const versions = [
    ...new Set([...text.matchAll(/Name: (\S+)\s+Flags:/g)].map((match) => match[1])),
  ];
  const symbols = [
    // Spaces only: the first symbol has no name, and the match would take the next line's.
    ...text.matchAll(/^ *\d+: \S+ +\S+ +\w+ +(\w+) +\w+ +(\S+) +(\S+)/gm),
  ].map(([, binding, section, name]) => ({ binding, section, name }));
  return { machine, libraries, versions, symbols };
}

/** Every reason not to release this file; empty if there is none. */
export function symbolFaults(needs, architecture) {
  const faults = [];
  if (needs.machine !== targets[architecture].machine) faults.push(`is for ${needs.machine}`);
  for (const name of needs.libraries)
    if (!allowedLibraries.test(name)) faults.push(`needs ${name}`);
  for (const version of needs.versions) {
    const glibc = version.match(/^GLIBC_([\d.]+)$/)?.[1];
    if (!glibc) faults.push(`needs symbols of ${version}`);
    else if (ordinal(glibc) > ordinal(glibcFloor))
      faults.push(`needs glibc ${glibc}, more than ${glibcFloor}`);
  }
  for (const { binding, section, name } of needs.symbols) {
    const bare = name.split('@')[0];
    if (section === 'UND') {
      if (binding === 'GLOBAL' && !name.includes('@') && !napi.test(bare))
        faults.push(`has ${bare} undefined`);
    } else if (binding !== 'LOCAL' && !exported.includes(bare)) faults.push(`exports ${bare}`);
  }
  if (!needs.symbols.some((symbol) => symbol.section !== 'UND' && symbol.name === exported[0])) {
    faults.push(`doesn't export ${exported[0]}`);
  }
  return faults;
}

export function highestGlibc(needs) {
  const found = needs.versions.flatMap((version) => version.match(/^GLIBC_([\d.]+)$/)?.[1] ?? []);
  return found.sort((a, b) => ordinal(a) - ordinal(b)).at(-1) ?? 'none';
}

export function addonNeeds(file) {
  const options = ['--wide', '--file-header', '--dynamic', '--dyn-syms', '--version-info'];
  return readNeeds(run('readelf', [...options, file], { capture: true }));
}
