// The sources that releases link, pinned by checksum: Debian source packages (security fixes are their patches), preferred first.

/** The files of a source package: the .dsc names the others, and all are pinned by SHA-256. */
const zlibOriginal = {
  name: 'zlib_1.3.dfsg+really1.3.1.orig.tar.gz',
  sha256: '60dd315c07f616887caa029408308a018ace66e3d142726a97db164b3b8f69fb',
};

/**
 * `pool`: the folder below a Debian mirror. `lastResort`: suites whose signed index gives their version if no pinned one is
 * available. The first is the suite that releases are built in, if new enough (bullseye's libbpf 0.3 has another API).
 */
export const libraryVersions = [
  {
    library: 'zlib',
    pool: 'pool/main/z/zlib',
    versions: [
      {
        version: '1.3.dfsg+really1.3.1-1+deb13u1',
        files: [
          {
            name: 'zlib_1.3.dfsg+really1.3.1-1+deb13u1.dsc',
            sha256: '7954224611bd043d62c094abf81cefcf9d97276479fc495767fcbc92cc6552f2',
          },
          zlibOriginal,
          {
            name: 'zlib_1.3.dfsg+really1.3.1-1+deb13u1.debian.tar.xz',
            sha256: '4e99de80447700cf16ecf8ed3e77fabb39f085a5fffc66713466ccf07397cc04',
          },
        ],
      },
      {
        version: '1.3.dfsg+really1.3.1-1',
        files: [
          {
            name: 'zlib_1.3.dfsg+really1.3.1-1.dsc',
            sha256: 'ede2791e29c1d3b422f9208bdd7edf040c20445ea1e7453a72037576e64fa197',
          },
          zlibOriginal,
          {
            name: 'zlib_1.3.dfsg+really1.3.1-1.debian.tar.xz',
            sha256: '9ed525955ce9fb0c1b39be8ff98f73450dbfc6305a9a27e6149c8972d38a0a9e',
          },
        ],
      },
    ],
    lastResort: ['bullseye', 'trixie'],
  },
  {
    library: 'elfutils',
    pool: 'pool/main/e/elfutils',
    versions: [
      {
        version: '0.192-4',
        files: [
          {
            name: 'elfutils_0.192-4.dsc',
            sha256: '37d101658c45a25afc15d2053a1378df2381dadbb368e262ede2cea79241779f',
          },
          {
            name: 'elfutils_0.192.orig.tar.bz2',
            sha256: '616099beae24aba11f9b63d86ca6cc8d566d968b802391334c91df54eab416b4',
            upstream: 'https://sourceware.org/elfutils/ftp/0.192/elfutils-0.192.tar.bz2',
          },
          {
            name: 'elfutils_0.192-4.debian.tar.xz',
            sha256: 'a18efee3ae99ea25e10a0b8c4b731a28dee685361ae89ea8136e9065c86c8942',
          },
        ],
      },
    ],
    lastResort: ['bullseye', 'trixie'],
  },
  {
    library: 'libbpf',
    pool: 'pool/main/libb/libbpf',
    versions: [
      {
        version: '1.5.0-3',
        files: [
          {
            name: 'libbpf_1.5.0-3.dsc',
            sha256: 'b8fdd3a9c58a13d13e9da0927062f1237303db3a804207e423ec4335119d3245',
          },
          {
            name: 'libbpf_1.5.0.orig.tar.gz',
            sha256: '53492aff6dd47e4da04ef5e672d753b9743848bdb38e9d90eafbe190b7983c44',
            upstream: 'https://github.com/libbpf/libbpf/archive/refs/tags/v1.5.0.tar.gz',
          },
          {
            name: 'libbpf_1.5.0-3.debian.tar.xz',
            sha256: 'b526c99fc75f632540306a958576fe3923890cba95d4999efc458784802da460',
          },
        ],
      },
    ],
    lastResort: ['bookworm', 'trixie'],
  },
];
