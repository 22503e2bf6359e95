// Maps of our own programs: in an object that stands in for the embedded one they are ours, all others are the user's.

const ours: readonly string[] = [
  'control',
  'totals',
  'counters',
  'flow_hot',
  'flow_cold',
  'flows',
  'clock',
  'facts',
  'fragments',
];

export const isMonitorMap = (name: string): boolean => ours.includes(name);
