// Builds libbpf where the distribution's is older than 1.0 (Ubuntu 22.04): a version pinned by checksum, built once.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchByChecksum } from './fetch-by-checksum.mjs';
import { root, run } from './toolchain.mjs';

const versionHeader = '/usr/include/bpf/libbpf_version.h';
const prefix = join(root, 'build/libbpf');

/** Upstream's archive, identical to the one of Debian 13's signed index that releases link. Not fetched by the index: old systems lack its keys. */
const source = {
  name: 'libbpf.tar.gz',
  addresses: ['https://github.com/libbpf/libbpf/archive/refs/tags/v1.5.0.tar.gz'],
  sha256: '53492aff6dd47e4da04ef5e672d753b9743848bdb38e9d90eafbe190b7983c44',
};

function distributionIsEnough() {
  if (!existsSync(versionHeader)) return false;
  const major = /LIBBPF_MAJOR_VERSION (\d+)/.exec(readFileSync(versionHeader, 'utf8'))?.[1];
  return Number(major) >= 1;
}

async function buildOwn() {
  process.stderr.write(`build libbpf (this distribution's is older than 1.0)\n`);
  const work = mkdtempSync(join(tmpdir(), 'knp-libbpf-'));
  try {
    const archive = await fetchByChecksum(source, work);
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

/** Resolves with null if the distribution's libbpf is new enough, else with a prefix that holds lib/libbpf.a and its headers. */
export async function ownLibbpf() {
  if (distributionIsEnough()) return null;
  if (!existsSync(prefix)) await buildOwn();
  return prefix;
}
