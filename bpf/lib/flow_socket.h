/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The cell beside a new flow that says which socket its first packet of the epoch met. */
#ifndef KNP_LIB_FLOW_SOCKET_H
#define KNP_LIB_FLOW_SOCKET_H

#include "flow_identity.h"

static __always_inline int wants_flow_socket(void)
{
	return flow_sockets && control.features & FEATURE_FLOW_SOCKETS;
}

static __always_inline void fill_flow_socket(struct flow_socket *cell, __u64 fingerprint, struct __sk_buff *buffer)
{
	cell->socket_cookie = buffer ? bpf_get_socket_cookie(buffer) : 0;
	cell->cgroup_id = buffer ? bpf_skb_cgroup_id(buffer) : 0;
	cell->owner_id = 0;
	cell->fingerprint = fingerprint;
}

/* Of a new flow. `index`: of its entry, where there is a table of ours. `buffer`: the packet's own at TC, else 0. */
static __always_inline void write_flow_socket(__u32 index, const struct flow_identity *flow, struct __sk_buff *buffer)
{
#ifdef FLOW_TABLE_HASH
	__u64 fingerprint = flow->fingerprint;
	__u32 zero = 0;
	struct flow_draft *draft = bpf_map_lookup_elem(&flow_new, &zero);

	(void)index;
	if (!draft)
		return;
	fill_flow_socket(&draft->socket, fingerprint, buffer);
	bpf_map_update_elem(&flow_socket, &fingerprint, &draft->socket, BPF_ANY);
#else
	struct flow_socket *cell = bpf_map_lookup_elem(&flow_socket, &index);

	if (cell)
		fill_flow_socket(cell, flow->fingerprint, buffer);
#endif
}

#endif
