// Maps of our own programs: in an object that stands in for the embedded one they are ours, all others are the user's.

/** Those of bpf/lib; a test compares. */
export const monitorMaps: readonly string[] = [
  'clock',
  'control',
  'counters',
  'event_due',
  'event_requests',
  'event_scratch',
  'events',
  'flow_cold',
  'flow_hash_even',
  'flow_hash_odd',
  'flow_hot',
  'flow_new',
  'fragments',
  'scratch',
  'source_macs',
  'totals',
  'untracked_sources',
];

export const isMonitorMap = (name: string): boolean => monitorMaps.includes(name);
