// A libbpf of our own where the distribution's is older than 1.0 (Ubuntu 22.04): from Debian's signed sources, built once.
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { privateApt, unpackSource } from './debian.mjs';
import { root, run } from './toolchain.mjs';

const versionHeader = '/usr/include/bpf/libbpf_version.h';
const prefix = join(root, 'build/libbpf');
/** libbpf 1.1. Debian's, by the keyring that Ubuntu has in a package: not every mirror of Ubuntu has sources. */
const suite = 'bookworm';
const mirror = 'http://deb.debian.org/debian';

function distributionIsEnough() {
  if (!existsSync(versionHeader)) return false;
  const major = /LIBBPF_MAJOR_VERSION (\d+)/.exec(readFileSync(versionHeader, 'utf8'))?.[1];
  return Number(major) >= 1;
}

function buildOwn() {
  process.stderr.write(`build libbpf (this distribution's is older than 1.0)\n`);
  const work = mkdtempSync(join(tmpdir(), 'knp-libbpf-'));
  try {
    const apt = privateApt(join(work, 'apt'), suite, { sources: true, mirror });
    const { folder } = unpackSource(apt, 'libbpf', join(work, 'source'));
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

/** Null: the distribution's own is new enough. Else the prefix with lib/libbpf.a and its headers. */
export function ownLibbpf() {
  if (distributionIsEnough()) return null;
  if (!existsSync(prefix)) buildOwn();
  return prefix;
}
