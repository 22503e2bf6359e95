// What we ask of the kernel, one row a feature: fallbacks, the doctor, docs/kernels.md and test skips read the same table.

/** Keys of NativeModule.probe(). A feature is found by trying it, never by the kernel's version: vendors backport. */
export type KernelFeatureName =
  | 'bpf'
  | 'xdp'
  | 'schedCls'
  | 'xdpLink'
  | 'tcx'
  | 'clsact'
  | 'mappedArray'
  | 'ringBuffer'
  | 'hashBatch'
  | 'compareAndSwap'
  | 'testRun'
  | 'programStatistics'
  | 'memoryAccounting';

export interface KernelFeature {
  readonly name: KernelFeatureName;
  /** As a person calls it. */
  readonly title: string;
  /** First upstream kernel that has it. */
  readonly since: string;
  /** Without it: nothing works, or this is lost and that serves instead. */
  readonly without:
    | { readonly effect: 'broken'; readonly mend: string }
    | { readonly effect: 'degraded'; readonly lost: string };
}

export type FeatureAnswers = Readonly<Record<string, boolean | string>>;

const newerKernel =
  'use kernel 5.10 or newer with CONFIG_BPF_SYSCALL, CONFIG_NET_CLS_BPF and CONFIG_NET_CLS_ACT';

export const kernelFeatures: readonly KernelFeature[] = [
  {
    name: 'bpf',
    title: 'bpf(2)',
    since: '3.18',
    without: { effect: 'broken', mend: newerKernel },
  },
  {
    name: 'schedCls',
    title: 'TC programs',
    since: '4.1',
    without: { effect: 'broken', mend: newerKernel },
  },
  {
    name: 'xdp',
    title: 'XDP programs',
    since: '4.8',
    without: { effect: 'degraded', lost: 'received packets are read by TC only, after GRO' },
  },
  {
    name: 'mappedArray',
    title: 'arrays mapped into memory',
    since: '5.5',
    without: { effect: 'broken', mend: newerKernel },
  },
  {
    name: 'ringBuffer',
    title: 'ring buffer',
    since: '5.8',
    without: { effect: 'broken', mend: newerKernel },
  },
  {
    name: 'xdpLink',
    title: 'XDP by BPF link',
    since: '5.9',
    without: {
      effect: 'degraded',
      lost: 'received packets are read by TC: without links a killed run would leave its program',
    },
  },
  {
    name: 'tcx',
    title: 'TC by BPF link (tcx)',
    since: '6.6',
    without: {
      effect: 'degraded',
      lost: 'clsact filters serve: after kill -9 one stays until the next start removes it',
    },
  },
  {
    name: 'clsact',
    title: 'clsact qdisc with BPF filters',
    since: '4.5',
    without: {
      effect: 'degraded',
      lost: 'TC needs tcx; where that is missing too, only XDP reads, and nothing that is sent',
    },
  },
  {
    name: 'compareAndSwap',
    title: 'atomic compare-and-swap in BPF',
    since: '5.12',
    without: {
      effect: 'degraded',
      lost: 'flows are kept in hash maps: exact as well, but two to three times the cost per packet',
    },
  },
  {
    name: 'hashBatch',
    title: 'batched reads of hash maps',
    since: '5.6',
    without: { effect: 'degraded', lost: 'hash maps are read entry by entry' },
  },
  {
    name: 'testRun',
    title: 'test runs of TC programs',
    since: '4.12',
    without: { effect: 'degraded', lost: 'captures (--pcap) can not be read' },
  },
  {
    name: 'programStatistics',
    title: 'program statistics',
    since: '5.8',
    without: { effect: 'degraded', lost: 'the cost per packet is not shown' },
  },
  {
    name: 'memoryAccounting',
    title: 'BPF memory accounted to the cgroup',
    since: '5.11',
    without: {
      effect: 'degraded',
      lost: 'maps count against the memory lock limit: needs root, CAP_SYS_RESOURCE or a raised limit',
    },
  },
];

/** True or false where the kernel said so; an errno name where it would not say (EPERM). */
export function featureAnswer(answers: FeatureAnswers, name: KernelFeatureName): boolean | string {
  return answers[name] ?? 'unknown';
}
