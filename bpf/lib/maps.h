/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Every map, with who fills and who empties it. Sizes here are the smallest that work: user space sets them before the load. */
#ifndef KNP_LIB_MAPS_H
#define KNP_LIB_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "records.h"

/* The next program in the chain has its turn, as the next classifier has. */
#define TC_ACT_UNSPEC (-1)

/*
 * What user space asks of the programs; written by it only, mapped. libbpf makes an array of one entry of the section, which all
 * loaded programs of a run share: a variable's address is a constant of the program, so reading it takes no look-up.
 */
struct control control SEC(KNP_CONTROL_MAP);

/* Key: epoch * control.interface_slots + slot. Cumulative: nobody empties it. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct slot_totals);
} totals SEC(".maps");

/* Key: slot << 16 | enum protocol_index. Value: of this epoch. Programs fill the one of their epoch, user space takes all out of the other. */
struct protocol_rest_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KNP_PROTOCOL_ROWS);
	__type(key, __u32);
	__type(value, struct traffic_counter);
};
struct protocol_rest_map protocol_rest_even SEC(".maps");
struct protocol_rest_map protocol_rest_odd SEC(".maps");

/* Key: epoch * COUNTER_ROWS + enum counter_row and what lies behind it. Cumulative: nobody empties it. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 * COUNTER_ROWS);
	__type(key, __u32);
	__type(value, struct traffic_counter);
} counters SEC(".maps");

/* Set before the load. The verifier leaves out what a constant forbids: then the kernel need not know the helpers in it. */
const volatile __u32 flow_sockets SEC(KNP_FLOW_SOCKETS_MAP) = 0;

#define FLOW_BUCKETS_MINIMUM 256

#ifndef FLOW_TABLE_HASH
/* Key: (epoch * control.flow_buckets + bucket) * 8 + entry. Programs fill one half, user space reads and zeroes the other, mapped. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * FLOW_BUCKETS_MINIMUM * KNP_FLOW_BUCKET_ENTRIES);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct flow_counters);
} flow_hot SEC(".maps");

/* Key: as in flow_hot. The key is written whole by who inserts the flow; user space zeroes the details once it has read them. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * FLOW_BUCKETS_MINIMUM * KNP_FLOW_BUCKET_ENTRIES);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct flow_cold_entry);
} flow_cold SEC(".maps");

/* Key: as in flow_hot. Written whole by who inserts the flow, so nobody clears it. One entry where user space doesn't want it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct flow_socket);
} flow_socket SEC(".maps");
#else
/* Key: fingerprint. As the array of the other object, of both epochs; the least recently written go. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct flow_socket);
} flow_socket SEC(".maps");

/* Key: fingerprint. Value: the flow. Programs fill the one of their epoch, user space takes everything out of the other. */
struct flow_hash_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FLOW_BUCKETS_MINIMUM *KNP_FLOW_BUCKET_ENTRIES);
	__type(key, __u64);
	__type(value, struct flow_record);
};
struct flow_hash_map flow_hash_even SEC(".maps");
struct flow_hash_map flow_hash_odd SEC(".maps");

/* What is put together before it is inserted: too large for the stack. */
struct flow_draft {
	struct flow_record record;
	struct flow_socket socket;
};

/* Key: 0. Value: of the flow at hand. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_draft);
} flow_new SEC(".maps");
#endif

/* Key: 0. Value: filled by network_monitor_clock, read by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct clock_sample);
} clock SEC(".maps");

/* Events of every program; read by user space as they come. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

#endif
