// A libbpf of our own where the distribution's is older than 1.0 (Ubuntu 22.04): one version, known by its checksum, built once.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuildError, root, run } from './toolchain.mjs';

const versionHeader = '/usr/include/bpf/libbpf_version.h';
const prefix = join(root, 'build/libbpf');

/** Upstream's, which is to the bit what Debian 13's signed index has, and what releases link. No index: old systems don't know its keys. */
const source = {
  address: 'https://github.com/libbpf/libbpf/archive/refs/tags/v1.5.0.tar.gz',
  sha256: '53492aff6dd47e4da04ef5e672d753b9743848bdb38e9d90eafbe190b7983c44',
};

function distributionIsEnough() {
  if (!existsSync(versionHeader)) return false;
  const major = /LIBBPF_MAJOR_VERSION (\d+)/.exec(readFileSync(versionHeader, 'utf8'))?.[1];
  return Number(major) >= 1;
}

async function download() {
  const { address, sha256 } = source;
  const refuse = (reason) => new BuildError(`libbpf can't be had from ${address}: ${reason}`);
  let bytes;
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw refuse(`${answer.status} ${answer.statusText}`);
    bytes = Buffer.from(await answer.arrayBuffer());
  } catch (error) {
    throw error instanceof BuildError ? error : refuse(error.cause?.message ?? error.message);
  }
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) throw refuse(`its SHA-256 is ${found}, not ${sha256}`);
  return bytes;
}

async function buildOwn() {
  process.stderr.write(`build libbpf (this distribution's is older than 1.0)\n`);
  const work = mkdtempSync(join(tmpdir(), 'knp-libbpf-'));
  try {
    const archive = join(work, 'libbpf.tar.gz');
    writeFileSync(archive, await download());
    const folder = join(work, 'source');
    mkdirSync(folder);
    run('tar', ['-xzf', archive, '--strip-components=1', '-C', folder]);
    const unfinished = `${prefix}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    const settings = {
      BUILD_STATIC_ONLY: 1,
      NO_PKG_CONFIG: 1,
      CC: 'clang',
      CFLAGS: '-O2 -g0 -fPIC',
      PREFIX: unfinished,
      LIBDIR: join(unfinished, 'lib'),
      OBJDIR: join(work, 'objects'),
    };
    const words = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    const targets = ['install', 'install_uapi_headers'];
    run('make', ['-s', '-C', join(folder, 'src'), ...words, ...targets], { toStderr: true });
    renameSync(unfinished, prefix);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Resolves with null where the distribution's own is new enough, else with a prefix: lib/libbpf.a and its headers. */
export async function ownLibbpf() {
  if (distributionIsEnough()) return null;
  if (!existsSync(prefix)) await buildOwn();
  return prefix;
}
