// Maps of the monitor's own programs: in an object that replaces the embedded one these are the monitor's, all others are the user's.

/** Those of bpf/lib; a test compares. */
export const monitorMaps: readonly string[] = [
  'clock',
  'counters',
  'event_due',
  'event_scratch',
  'events',
  'flow_cold',
  'flow_hash_even',
  'flow_hash_odd',
  'flow_hot',
  'flow_new',
  'flow_socket',
  'fragments',
  'protocol_rest_even',
  'protocol_rest_odd',
  'scratch',
  'source_macs',
  'totals',
  'untracked_sources',
];

/** KNP_CONTROL_MAP of records.h: a variable in a section of its own. */
const controlMap = '.data.control';

export const isMonitorMap = (name: string): boolean =>
  name === controlMap || monitorMaps.includes(name);
