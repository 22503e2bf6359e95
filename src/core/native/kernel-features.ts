// What we ask of the kernel, one row a feature: fallbacks, the doctor, docs/kernels.md and test skips read the same table.

/** Keys of NativeModule.probe(). A feature is found by trying it, never by the kernel's version: vendors backport. */
export type KernelFeatureName =
  | 'arrayMap'
  | 'perCpuArrayMap'
  | 'mappedArray'
  | 'arrayOfMaps'
  | 'lruHashMap'
  | 'ringBuffer'
  | 'tcProgram'
  | 'xdpProgram'
  | 'jiffies'
  | 'testRun'
  | 'compareAndSwap'
  | 'perCpuArrayBatch'
  | 'tcx'
  | 'statistics'
  | 'memoryAccounting'
  | 'kernelBtf';

export interface KernelFeature {
  readonly name: KernelFeatureName;
  /** As a person calls it. */
  readonly title: string;
  /** First upstream kernel that has it. */
  readonly since: string;
  /** What is lost without it, and what serves instead; null: nothing works without it. */
  readonly lost: string | null;
}

export type FeatureAnswers = Readonly<Record<string, boolean | string>>;

/**
 * Neither a map nor a program: no bpf(2) in this kernel, or in what stands for it (qemu-user, a seccomp filter that returns ENOSYS).
 * A refusal is reported by its error name instead.
 */
export const lacksSystemCall = (answers: FeatureAnswers): boolean =>
  answers['arrayMap'] === false && answers['tcProgram'] === false;

export const kernelFeatures: readonly KernelFeature[] = [
  { name: 'arrayMap', title: 'array maps', since: '3.19', lost: null },
  { name: 'perCpuArrayMap', title: 'per-CPU arrays', since: '4.6', lost: null },
  { name: 'mappedArray', title: 'arrays mapped into memory', since: '5.5', lost: null },
  { name: 'arrayOfMaps', title: 'arrays of maps', since: '4.12', lost: null },
  { name: 'lruHashMap', title: 'LRU hash maps', since: '4.10', lost: null },
  { name: 'ringBuffer', title: 'ring buffer', since: '5.8', lost: null },
  { name: 'tcProgram', title: 'TC programs', since: '4.1', lost: null },
  { name: 'xdpProgram', title: 'XDP programs', since: '4.8', lost: null },
  { name: 'jiffies', title: 'jiffies helper', since: '5.6', lost: null },
  { name: 'testRun', title: 'test runs of TC programs', since: '4.12', lost: null },
  {
    name: 'compareAndSwap',
    title: 'atomic compare-and-swap in BPF',
    since: '5.12',
    lost: 'speed: flows are kept in hash maps, as exact, at two to three times the cost per packet',
  },
  {
    name: 'perCpuArrayBatch',
    title: 'batched reads of per-CPU arrays',
    since: '5.13',
    lost: 'speed: counters are read one by one',
  },
  {
    name: 'tcx',
    title: 'TC by BPF link (tcx)',
    since: '6.6',
    lost: 'clsact filters serve; after kill -9 one stays until the next start removes it',
  },
  {
    name: 'statistics',
    title: 'program statistics',
    since: '5.8',
    lost: "runs and time of a user's programs are not known (ours count and time themselves)",
  },
  {
    name: 'memoryAccounting',
    title: 'BPF memory accounted to the cgroup',
    since: '5.11',
    lost: 'maps count against the memory lock limit (see memory lock)',
  },
  {
    name: 'kernelBtf',
    title: 'BTF of the kernel',
    since: '5.4',
    lost: 'programs that trace the kernel; the network programs need no BTF',
  },
];
