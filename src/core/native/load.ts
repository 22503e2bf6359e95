// Loads the addon: the clone's own build, else the prebuilt file for this platform. The only place that touches a .node file.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NativeErrorFields, NativeModule } from './contract.js';

export type NativeError = Error & NativeErrorFields;

export function isNativeError(error: unknown): error is NativeError {
  return error instanceof Error && 'operation' in error && 'errno' in error && 'detail' in error;
}

/** The addon can't be loaded: what was tried, why not, and what to do. */
export class AddonLoadError extends Error {
  override readonly name = 'AddonLoadError';
  constructor(
    message: string,
    readonly advice: string,
  ) {
    super(message);
  }
}

let loaded: NativeModule | undefined;

export function loadNative(): NativeModule {
  loaded ??= requireAddon();
  return loaded;
}

function requireAddon(): NativeModule {
  const platform = `${process.platform}-${process.arch}`;
  const places = ['build/addon/Release', `prebuilds/${platform}`].map((folder) =>
    join(packageFolder(), folder, 'kubenetprobe_top.node'),
  );
  const file = places.find((place) => existsSync(place));
  if (!file) {
    throw new AddonLoadError(
      `no addon for ${platform}: looked for ${places.join(' and ')}`,
      'Prebuilt files exist for linux-x64 and linux-arm64; from a clone, run: npm run build',
    );
  }
  try {
    return createRequire(import.meta.url)(file) as NativeModule;
  } catch (error) {
    throw new AddonLoadError(
      `${file} can't be loaded: ${(error as Error).message}`,
      adviceFor(file),
    );
  }
}

/** From dist/ of a package or from src/ of a clone upward: the folder that has our package.json. */
function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) {
    folder = dirname(folder);
  }
  return folder;
}

function adviceFor(file: string): string {
  const report = process.report?.getReport() as
    | { header?: { glibcVersionRuntime?: string } }
    | undefined;
  if (!report?.header?.glibcVersionRuntime) {
    return 'This Node.js runs on musl (Alpine?), where the addon is untested: use one that is built for glibc 2.28 or newer';
  }
  return file.includes('prebuilds')
    ? 'The file needs glibc 2.28 or newer; from a clone, run: npm run build'
    : 'Build it again: npm run build';
}
