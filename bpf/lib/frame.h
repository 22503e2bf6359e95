/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the entries know of a frame before and beside its bytes. */
#ifndef KNP_LIB_FRAME_H
#define KNP_LIB_FRAME_H

#include "maps.h"
#include "packet.h"

struct frame {
	__u32 epoch;       /* read once: a frame counts in one epoch with everything it changes */
	__u32 opaque_zero; /* to all but the verifier it is 0 */
	__u32 interface_index;
	__u32 slot;
	__u32 link_kind;
	__u32 ingress_only;
	__u32 direction; /* enum interface_direction */
	__u32 program;   /* enum monitor_program: a constant of the entry */
	__u64 frames;    /* on the wire; a large buffer is many */
	__u64 bytes;
	__u64 time;       /* control.clock: jiffies, or nanoseconds in captures */
	__u32 time_is_ns; /* a constant of the entry */
#ifdef FLOW_TABLE_HASH
	__u32 stale; /* bytes in front of a buffer that are no part of the frame (stale_headers.h) */
#endif
	void *buffer; /* struct __sk_buff; XDP has none: there a packet's bytes are read where they lie */
};

/* Kernels that take the other object have no such bytes. */
static __always_inline __u32 stale_bytes(const struct frame *frame)
{
#ifdef FLOW_TABLE_HASH
	return frame->stale;
#else
	(void)frame;
	return 0;
#endif
}

/* Of one program: which run is to be timed, and how long the last one took (cost.h). */
struct cost_sampling {
	__u64 due;      /* the run after so many is timed */
	__u64 sampled;  /* the runs up to the last sample */
	__u64 interval; /* 2^n - 1 runs between two, on average */
	__u64 before_ns;
	__u64 began_ns;
	__u64 sampled_ns; /* the last one */
	__u64 least_clock_ns;
};

struct scratch_space {
	struct run_counts counts;
	/* Of one run: what global functions are handed, since they take nothing but the context. */
	struct packet packet;
	struct frame frame;
	__u32 event_classes; /* what is to be reported of the packet: bits of enum control_feature */
	__u32 reserved;
	struct cost_sampling cost[PROGRAM_COUNT];
};

/* Key: 0. Value: the packet at hand, and what goes on from packet to packet; CPU by CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch_space);
} scratch SEC(".maps");

static __always_inline struct scratch_space *scratch_of_cpu(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scratch, &zero);
}

static __always_inline struct packet *scratch_packet(void)
{
	struct scratch_space *space = scratch_of_cpu();

	if (!space)
		return 0;
	/* Else clang 19 adds the offset before it asks for null, which kernels before 6.15 refuse. */
	HIDE_FROM_COMPILER(space);
	return &space->packet;
}

/* Multiply-shift by a secret odd factor: who may choose an interface's index can't choose its bucket. */
static __always_inline __u32 first_place_of_interface(__u32 interface_index, __u32 choice)
{
	__u32 bucket = interface_index * control.interface_seed[choice] >> (32 - KNP_INTERFACE_BUCKET_BITS);

	return bucket * KNP_INTERFACE_BUCKET_ENTRIES;
}

/* A global function, for hardly an interface lies elsewhere than at the first place of its first bucket. -1: it is unknown. */
__noinline int search_interface(__u32 interface_index)
{
	for (__u32 probe = 0; probe < 2 * KNP_INTERFACE_BUCKET_ENTRIES; probe++) {
		__u32 place = first_place_of_interface(interface_index, probe / KNP_INTERFACE_BUCKET_ENTRIES);

		place += probe % KNP_INTERFACE_BUCKET_ENTRIES;
		if (control.interfaces[place & (KNP_INTERFACE_TABLE_SIZE - 1)].interface_index == interface_index)
			return place;
	}
	return -1;
}

/*
 * Finds the interface's slot and marks it as touched; 0 where user space never told of it. A place is given to another interface only
 * after every program that could have found the one before has ended.
 */
static __always_inline int find_interface(struct frame *frame)
{
	__u32 place = first_place_of_interface(frame->interface_index, 0);
	struct interface_entry *entry = &control.interfaces[place];
	__u32 slot_and_link;

	if (entry->interface_index != frame->interface_index) {
		int found = search_interface(frame->interface_index);

		if (found < 0)
			return 0;
		HIDE_FROM_COMPILER(found);
		entry = &control.interfaces[found & (KNP_INTERFACE_TABLE_SIZE - 1)];
	}
	slot_and_link = entry->slot_and_link;
	frame->slot = slot_and_link & INTERFACE_SLOT_MASK;
	frame->link_kind = slot_and_link >> INTERFACE_LINK_SHIFT & 3;
	frame->ingress_only = slot_and_link & INTERFACE_INGRESS_ONLY;
	if (__builtin_expect(!entry->touched[frame->epoch & 1], 0))
		entry->touched[frame->epoch & 1] = 1;
	return 1;
}

#endif
