// The package's version and what it was built of; version and commit are put in by the bundler.
import { AddonLoadError, loadNative } from '../core/native/load.js';

declare const __VERSION__: string | undefined;
declare const __COMMIT__: string | undefined;

export const programVersion: string = typeof __VERSION__ === 'string' ? __VERSION__ : '0.0.0';
const commit: string = typeof __COMMIT__ === 'string' ? __COMMIT__ : '';

function addonFacts(): string {
  try {
    const { libbpfVersion, objectSha256 } = loadNative();
    return `libbpf ${libbpfVersion}, BPF object ${objectSha256}`;
  } catch (error) {
    if (!(error instanceof AddonLoadError)) throw error;
    return `no addon: ${error.message}`;
  }
}

/** The first line is for scripts. */
export function versionText(): string {
  const lines = [
    `kubenetprobe-top ${programVersion}`,
    ...(commit === '' ? [] : [`commit ${commit}`]),
    addonFacts(),
    `Node.js ${process.versions.node} ${process.platform}-${process.arch}`,
  ];
  return `${lines.join('\n')}\n`;
}
