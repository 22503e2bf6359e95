// Fetches a file by its SHA-256: from the cache, or from the first address whose bytes match.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError } from './toolchain.mjs';

const timeoutMs = 120_000;

const sha256Of = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** The bytes, or the reason why this address failed. */
async function download(address, sha256) {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(timeoutMs) });
    if (!answer.ok) return { reason: `${answer.status} ${answer.statusText}` };
    const bytes = Buffer.from(await answer.arrayBuffer());
    const found = sha256Of(bytes);
    return found === sha256 ? { bytes } : { reason: `its SHA-256 is ${found}` };
  } catch (error) {
    return { reason: error.cause?.message ?? error.message };
  }
}

/**
 * Resolves with the path of the file `name` below `folder`. A cached file with a wrong checksum is replaced. Throws BuildError, with the
 * reason for each address, if none has it.
 */
export async function fetchByChecksum({ name, sha256, addresses }, folder) {
  const path = join(folder, name);
  if (existsSync(path) && sha256Of(readFileSync(path)) === sha256) return path;
  mkdirSync(folder, { recursive: true });
  rmSync(path, { force: true });
  const reasons = [];
  for (const address of addresses) {
    const { bytes, reason } = await download(address, sha256);
    if (!bytes) {
      reasons.push(`${address}: ${reason}`);
      continue;
    }
    const unfinished = `${path}.${process.pid}`;
    writeFileSync(unfinished, bytes);
    renameSync(unfinished, path);
    return path;
  }
  throw new BuildError(`${name} (SHA-256 ${sha256}) can't be had:\n  ${reasons.join('\n  ')}`);
}
