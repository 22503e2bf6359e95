// Builds libbpf, libelf and zlib as position-independent archives: Debian's static ones can't be linked into a shared object.
import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInRoot } from './root.mjs';
import { targets } from './targets.mjs';

const flags = '-O2 -g0 -fPIC -ffunction-sections -fdata-sections';

/** Paths of a library's archive and headers inside the root. */
export const prefixInRoot = (architecture) => `/knp/${architecture}/prefix`;

const steps = {
  zlib: ({ prefix }) => `
CFLAGS='${flags}' ./configure --static --prefix=${prefix}
make -s -j2 libz.a
install -D -m 644 libz.a ${prefix}/lib/libz.a
install -D -m 644 -t ${prefix}/include zlib.h zconf.h`,
  // libeu.a: libelf needs it since 0.192; without it the link succeeds and loading fails.
  elfutils: ({ prefix, triplet }) => `
CFLAGS='${flags} -I${prefix}/include -std=gnu99' LDFLAGS=-L${prefix}/lib ./configure --host=${triplet} \\
  --disable-debuginfod --disable-libdebuginfod --disable-nls --disable-demangler --disable-symbol-versioning \\
  --without-bzlib --without-lzma --without-zstd
make -s -j2 -C lib libeu.a
make -s -j2 -C libelf libelf_pic.a
install -D -m 644 libelf/libelf_pic.a ${prefix}/lib/libelf.a
install -D -m 644 lib/libeu.a ${prefix}/lib/libeu.a
install -D -m 644 -t ${prefix}/include libelf/libelf.h libelf/gelf.h version.h
install -D -m 644 -t ${prefix}/include/elfutils version.h`,
  // The folder first: the makefile of 1.1 writes to it before creating it.
  // With _FILE_OFFSET_BITS=64 the addon would need fcntl64 (glibc 2.28); both architectures are 64-bit anyway.
  libbpf: ({ prefix }) => `
mkdir -p /knp/libbpf-objects
make -s -j2 -C src BUILD_STATIC_ONLY=1 NO_PKG_CONFIG=1 PREFIX=${prefix} LIBDIR=${prefix}/lib \\
  CFLAGS='${flags} -I${prefix}/include' EXTRA_CFLAGS='-U_FILE_OFFSET_BITS -U_LARGEFILE64_SOURCE' \\
  OBJDIR=/knp/libbpf-objects install install_uapi_headers
rm -rf /knp/libbpf-objects`,
};

/** Builds the archives for one architecture inside the root, once for each set of source versions. `sources`: of sources.mjs. */
export function buildLibraries(root, architecture, sources) {
  const { triplet } = targets[architecture];
  const wanted = JSON.stringify([sources.map(({ name, version }) => [name, version]), flags]);
  const prefix = prefixInRoot(architecture);
  const stamp = join(root, prefix, 'built.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(join(root, prefix), { recursive: true, force: true });
  for (const { name, folder } of sources) {
    const place = `/knp/${architecture}/${name}`;
    rmSync(join(root, place), { recursive: true, force: true });
    cpSync(folder, join(root, place), { recursive: true, preserveTimestamps: true });
    const tools = `export CC=${triplet}-gcc AR=${triplet}-ar RANLIB=${triplet}-ranlib CHOST=${triplet}`;
    runInRoot(root, place, `${tools}\n${steps[name]({ prefix, triplet })}`);
    rmSync(join(root, place), { recursive: true, force: true });
  }
  writeFileSync(`${stamp}.unfinished`, wanted);
  renameSync(`${stamp}.unfinished`, stamp);
}
