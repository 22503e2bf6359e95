/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Run by user space, never attached: what a jiffy is, nobody else tells. */
#include "lib/maps.h"

SEC("tc")
int network_monitor_clock(struct __sk_buff *buffer __attribute__((unused)))
{
	__u32 zero = 0;
	struct clock_sample *sample = bpf_map_lookup_elem(&clock, &zero);

	if (sample) {
		sample->jiffies = bpf_jiffies64();
		sample->monotonic_ns = bpf_ktime_get_ns();
	}
	return TC_ACT_UNSPEC;
}
