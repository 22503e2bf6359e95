/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The unchanged programs, behind a wrapper that varies the source address of each run to create the requested number of flows. */
#include "../../bpf/monitor.bpf.c"

enum choice {
	CHOICE_FIXED = 0,
	CHOICE_CYCLE, /* all flows in turn */
	CHOICE_TABLE, /* from the table: Zipf-distributed */
};

struct knobs {
	__u32 choice;
	__u32 flow_mask;
	__u32 source_offset; /* of the address in the frame */
	__u32 turn;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct knobs);
} knobs SEC(".maps");

#define DRAWN (1 << 20)
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DRAWN);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u32);
} drawn SEC(".maps");

static __always_inline void vary(void *data, void *data_end)
{
	__u32 zero = 0, index, number;
	struct knobs *knob = bpf_map_lookup_elem(&knobs, &zero);
	__u64 offset;
	__u8 *source;

	if (!knob || knob->choice == CHOICE_FIXED)
		return;
	index = knob->turn++;
	offset = knob->source_offset & 0xff;
	source = data + offset;
	if ((void *)(source + 4) > data_end)
		return;
	number = index & knob->flow_mask;
	if (knob->choice == CHOICE_TABLE) {
		__u32 at = index & (DRAWN - 1);
		__u32 *from = bpf_map_lookup_elem(&drawn, &at);

		number = from ? *from : 0;
	}
	*(__u32 *)source = 10 | number << 8;
}

SEC("xdp")
int bench_xdp(struct xdp_md *context)
{
	vary((void *)(long)context->data, (void *)(long)context->data_end);
	return monitor_frame(context);
}

SEC("xdp")
int bench_xdp_wrapper(struct xdp_md *context)
{
	vary((void *)(long)context->data, (void *)(long)context->data_end);
	return XDP_PASS;
}

SEC("xdp")
int bench_xdp_floor(struct xdp_md *context __attribute__((unused)))
{
	return XDP_PASS;
}

SEC("tc")
int bench_tc(struct __sk_buff *buffer)
{
	vary((void *)(long)buffer->data, (void *)(long)buffer->data_end);
	return monitor_buffer(buffer, DIRECTION_RECEIVED);
}

SEC("tc")
int bench_tc_wrapper(struct __sk_buff *buffer)
{
	vary((void *)(long)buffer->data, (void *)(long)buffer->data_end);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int bench_tc_floor(struct __sk_buff *buffer __attribute__((unused)))
{
	return TC_ACT_UNSPEC;
}
