// The platforms that a release contains an addon for.

/** By Node's name of the architecture. `host`: the --host of the libraries' configure scripts; `triplet`: the tools' prefix. */
export const targets = {
  x64: {
    triplet: 'x86_64-linux-gnu',
    processor: 'x86_64',
    machine: 'Advanced Micro Devices X86-64',
  },
  arm64: { triplet: 'aarch64-linux-gnu', processor: 'aarch64', machine: 'AArch64' },
};

export const architectures = Object.keys(targets);
