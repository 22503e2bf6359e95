// Kinds of BPF maps by number (enum bpf_map_type) and what can be read from them.

const names: Readonly<Record<number, string>> = {
  1: 'hash',
  2: 'array',
  3: 'prog_array',
  4: 'perf_event_array',
  5: 'percpu_hash',
  6: 'percpu_array',
  7: 'stack_trace',
  8: 'cgroup_array',
  9: 'lru_hash',
  10: 'lru_percpu_hash',
  11: 'lpm_trie',
  12: 'array_of_maps',
  13: 'hash_of_maps',
  14: 'devmap',
  15: 'sockmap',
  16: 'cpumap',
  17: 'xskmap',
  18: 'sockhash',
  19: 'cgroup_storage',
  20: 'reuseport_sockarray',
  21: 'percpu_cgroup_storage',
  22: 'queue',
  23: 'stack',
  24: 'sk_storage',
  25: 'devmap_hash',
  26: 'struct_ops',
  27: 'ringbuf',
  28: 'inode_storage',
  29: 'task_storage',
  30: 'bloom_filter',
  31: 'user_ringbuf',
  32: 'cgrp_storage',
  33: 'arena',
};

/** As bpftool names it; `type <n>` for one that is newer than this table. */
export function mapTypeName(type: number): string {
  return names[type] ?? `type ${type}`;
}

const perCpu: readonly string[] = ['percpu_hash', 'percpu_array', 'lru_percpu_hash'];
const readable: readonly string[] = [...perCpu, 'hash', 'array', 'lru_hash', 'lpm_trie'];
const arrays: readonly string[] = ['array', 'percpu_array'];

/** One value for each possible CPU. */
export const isPerCpu = (type: number): boolean => perCpu.includes(mapTypeName(type));
/** Keys and values are bytes that mean what the BTF types say. */
export const isReadable = (type: number): boolean => readable.includes(mapTypeName(type));
/** Every index is there from the start and none can be deleted. */
export const isArray = (type: number): boolean => arrays.includes(mapTypeName(type));
export const isRingBuffer = (type: number): boolean => mapTypeName(type) === 'ringbuf';
