/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Every cap that the kernel programs and user space share, each with its reason. */
#ifndef KNP_LIMITS_H
#define KNP_LIMITS_H

/* Version of everything in records.h: an object of another number is refused by name, a recording is read by its own layouts. */
#define KNP_ABI_VERSION 3

/* Tags that are part of a flow's key; QinQ is 2, two more for nested tunnels. Further tags count as QinQ only. */
#define KNP_VLAN_TAGS_MAX 4

/* 256 IP protocol numbers and the rest of enum protocol_index, rounded up. */
#define KNP_PROTOCOL_ROWS 272
/* The commonest of them have a row in each slot of the totals; the others share the map `protocol_rest`. */
#define KNP_DENSE_ROWS 16

/*
 * Interfaces watched at once, and those that have gone since the last two drains. A slot costs 2 banks x 16 rows x 32 bytes a CPU. 12
 * bits: a flow's fingerprint and interface_entry have no more room.
 */
#define KNP_INTERFACE_SLOTS_MAX 4096
/*
 * The table from interface index to slot: buckets of one cache line, two choices by secret hashes, half full at most. Simulated: of
 * 10,000 tables with 4,096 interfaces, at whatever indexes, none has a full bucket (docs/decisions/interface-slots.md).
 */
#define KNP_INTERFACE_BUCKET_BITS 10
#define KNP_INTERFACE_BUCKET_ENTRIES 8
#define KNP_INTERFACE_TABLE_SIZE 8192

/* Flow table: buckets of 8 entries, three choices: none refused at half load, 0.02 % at 0.63 (docs/decisions/flow-table.md). */
#define KNP_FLOW_BUCKET_ENTRIES 8

/*
 * Bytes of a packet that an event may carry, and bytes of payload of each direction of a connection that are reported: a TLS
 * ClientHello with a post-quantum key share fits, a QUIC Initial in two datagrams, an HTTP head with its cookies.
 */
#define KNP_EVENT_PAYLOAD_MAX 2048

/* First fragments that are remembered so that later ones find their flow (LRU: only a hint, never a count). */
#define KNP_FRAGMENT_ENTRIES 16384

#endif
