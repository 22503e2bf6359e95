// What a section's name says of a program that belongs to the host, not to an interface: by which kind of attachment, with which defaults.

export type HostPlace =
  /** The root of the cgroup version 2 hierarchy: all processes of the host. */
  | { readonly kind: 'cgroup' }
  /** A kernel function or tracepoint, named by the section. */
  | { readonly kind: 'tracing' }
  /** The CPU clock of every CPU. */
  | { readonly kind: 'perf_event'; readonly frequencyHertz: number }
  /** Run with each report. `target`: what it iterates over, e.g. `task`. */
  | { readonly kind: 'iterator'; readonly target: string };

/** Not a divisor of the timer's frequency, so that sampling isn't in phase with work driven by the timer. */
const defaultFrequencyHertz = 99;

const cgroupSections = ['cgroup', 'cgroup_skb', 'lsm_cgroup'];
const tracingSections = [
  'tp_btf',
  'raw_tp',
  'raw_tracepoint',
  'raw_tp.w',
  'raw_tracepoint.w',
  'fentry',
  'fentry.s',
  'fexit',
  'fexit.s',
  'fmod_ret',
  'fmod_ret.s',
  'lsm',
  'lsm.s',
];
const iteratorSections = ['iter', 'iter.s'];

/** Null: a program of another kind. */
export function hostPlaceOf(section: string): HostPlace | null {
  const [kind = '', ...rest] = section.split('/');
  const detail = rest.join('/');
  if (kind === 'perf_event') {
    if (detail === '') return { kind: 'perf_event', frequencyHertz: defaultFrequencyHertz };
    return /^[1-9]\d{0,4}$/.test(detail)
      ? { kind: 'perf_event', frequencyHertz: Number(detail) }
      : null;
  }
  if (section === 'sockops') return { kind: 'cgroup' };
  if (detail === '') return null;
  if (cgroupSections.includes(kind)) return { kind: 'cgroup' };
  if (tracingSections.includes(kind)) return { kind: 'tracing' };
  if (iteratorSections.includes(kind)) return { kind: 'iterator', target: detail };
  return null;
}
