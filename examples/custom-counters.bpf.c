/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Counters of one's own beside the monitor's: frames by EtherType, totals by CPU, and an event for each frame that is no IP.
 *
 *   clang -target bpf -O2 -g -I/usr/include/$(uname -m)-linux-gnu -c custom-counters.bpf.c -o custom-counters.bpf.o
 *   kubenetprobe-top eth0 --json --object custom-counters.bpf.o
 *
 * -g makes the BTF by which keys, values and events are shown with their names.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* tcx and clsact: whoever comes behind us has his turn. */
#define TC_ACT_UNSPEC (-1)

enum direction {
	DIRECTION_IN,
	DIRECTION_OUT,
};

struct frame_kind {
	__u16 ether_type;
	__u16 reserved; /* keys are compared with their padding */
	enum direction direction;
};

struct frame_count {
	__u64 frames;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct frame_kind);
	__type(value, struct frame_count);
} frames_by_kind SEC(".maps");

/* Key: enum direction. One value for each CPU: no atomic instructions. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, enum direction);
	__type(value, struct frame_count);
} frames_by_cpu SEC(".maps");

struct odd_frame {
	__u32 length;
	__u16 ether_type;
	__u8 source[ETH_ALEN];
	enum direction direction;
	__u8 broadcast : 1, local : 1;
};

/* The type of its events: clang keeps it in BTF, the kernel never sees it. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
	__type(value, struct odd_frame);
} odd_frames SEC(".maps");

/* A global variable is a counter, too; by its tags it is shown as an error of both programs. */
__attribute__((btf_decl_tag("error:count_incoming"), btf_decl_tag("error:count_outgoing")))
__u64 events_refused;

static __always_inline void add(struct frame_count *count, __u32 length)
{
	__sync_fetch_and_add(&count->frames, 1);
	__sync_fetch_and_add(&count->bytes, length);
}

static __always_inline void report(const struct ethhdr *header, __u32 length, enum direction direction)
{
	struct odd_frame *event = bpf_ringbuf_reserve(&odd_frames, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&events_refused, 1);
		return;
	}
	event->length = length;
	event->ether_type = bpf_ntohs(header->h_proto);
	__builtin_memcpy(event->source, header->h_source, ETH_ALEN);
	event->direction = direction;
	event->broadcast = header->h_dest[0] & 1;
	event->local = (header->h_source[0] & 2) != 0;
	bpf_ringbuf_submit(event, 0);
}

static __always_inline void count_frame(void *data, void *data_end, __u32 length, enum direction direction)
{
	struct ethhdr *header = data;
	struct frame_kind kind = {.direction = direction};
	struct frame_count first = {0};
	struct frame_count *count;

	if ((void *)(header + 1) > data_end)
		return;
	kind.ether_type = bpf_ntohs(header->h_proto);
	count = bpf_map_lookup_elem(&frames_by_kind, &kind);
	if (!count) {
		/* Another CPU may be first: then this changes nothing, and both add. */
		bpf_map_update_elem(&frames_by_kind, &kind, &first, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&frames_by_kind, &kind);
	}
	if (count)
		add(count, length);
	count = bpf_map_lookup_elem(&frames_by_cpu, &direction);
	if (count) {
		count->frames++;
		count->bytes += length;
	}
	if (kind.ether_type != ETH_P_IP && kind.ether_type != ETH_P_IPV6)
		report(header, length, direction);
}

SEC("tc/ingress")
int count_incoming(struct __sk_buff *buffer)
{
	count_frame((void *)(long)buffer->data, (void *)(long)buffer->data_end, buffer->len, DIRECTION_IN);
	return TC_ACT_UNSPEC;
}

SEC("tc/egress")
int count_outgoing(struct __sk_buff *buffer)
{
	count_frame((void *)(long)buffer->data, (void *)(long)buffer->data_end, buffer->len, DIRECTION_OUT);
	return TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "Dual MIT/GPL";
