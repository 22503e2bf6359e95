/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* THE CONTRACT: every struct and number that crosses between kernel, addon, recordings and TypeScript. */
#ifndef KNP_RECORDS_H
#define KNP_RECORDS_H

#include "limits.h"

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* Records cross as bytes, and TypeScript reads them so. */
#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "kubenetprobe-top needs a little-endian machine"
#endif

/* ---- What a frame counts as: exactly one row of the totals ---- */

/* 0..255 are IP protocol numbers. */
enum protocol_index {
	PROTOCOL_ARP = 256,
	PROTOCOL_LLDP = 257,
	PROTOCOL_STP = 258,
	PROTOCOL_ETHERNET_OTHER = 259,
	PROTOCOL_MALFORMED = 260,
	/* A capture's link type that is not decoded: user space knows its name by the interface slot. */
	PROTOCOL_LINK_TYPE = 261,
	/* Of a protocol that is none of the commonest, when there was no room for another such row: HEALTH_PROTOCOL_ROWS_FULL. */
	PROTOCOL_OTHER = 262,
};

/* Direction of the interface, index into every pair of counters that is not a flow's. */
enum interface_direction {
	DIRECTION_RECEIVED = 0,
	DIRECTION_SENT = 1,
};

/* Cumulative since load in the maps `totals` and `counters`, per CPU. 32 bytes. */
struct traffic_counter {
	__u64 packets[2]; /* by interface_direction */
	__u64 bytes[2];
};

/* One interface's traffic by the commonest protocols, per CPU. */
struct slot_totals {
	struct traffic_counter rows[KNP_DENSE_ROWS]; /* by enum dense_row */
};

enum dense_row {
	DENSE_TCP = 0,
	DENSE_UDP,
	DENSE_ICMP,
	DENSE_ICMPV6,
	DENSE_ARP,
	DENSE_IGMP,
	DENSE_GRE,
	DENSE_ESP,
	DENSE_OSPF,
	DENSE_VRRP,
	DENSE_SCTP,
	DENSE_LLDP,
	DENSE_STP,
	DENSE_ETHERNET_OTHER,
	DENSE_MALFORMED,
	DENSE_OTHER, /* PROTOCOL_OTHER */
};

/*
 * Rows of the counters map (per CPU, one bank for each epoch, see control.epoch). A block of 16 encapsulations, 48 reasons
 * of malformation, twice 16 of health and twice 16 of cost, then untracked by protocol_index. Of health and cost each program
 * has its own: TC's two differ by direction, those of XDP have the second block.
 */
enum encapsulation {
	ENCAPSULATION_VLAN = 0,
	ENCAPSULATION_QINQ,
	ENCAPSULATION_MPLS,
	ENCAPSULATION_PPPOE,
	ENCAPSULATION_VXLAN,
	ENCAPSULATION_GENEVE,
	ENCAPSULATION_GTP_U,
	ENCAPSULATION_GRE,
	ENCAPSULATION_IPIP,
	ENCAPSULATION_6IN4,
	ENCAPSULATION_COUNT,
};

/* Names in NDJSON (malformedReasons) are these, in camelCase without the prefix. */
enum malformed_reason {
	MALFORMED_NONE = 0,
	MALFORMED_ETHERNET_TRUNCATED,
	MALFORMED_VLAN_TRUNCATED,
	MALFORMED_MPLS_TRUNCATED,
	MALFORMED_PPPOE_TRUNCATED,
	MALFORMED_ARP_TRUNCATED,
	MALFORMED_IPV4_TRUNCATED,
	MALFORMED_IPV4_VERSION,
	MALFORMED_IPV4_HEADER_LENGTH,
	MALFORMED_IPV4_TOTAL_LENGTH,
	MALFORMED_IPV6_TRUNCATED,
	MALFORMED_IPV6_VERSION,
	MALFORMED_IPV6_PAYLOAD_LENGTH,
	MALFORMED_IPV6_EXTENSION_TRUNCATED,
	MALFORMED_AH_TRUNCATED,
	MALFORMED_TCP_TRUNCATED,
	MALFORMED_TCP_DATA_OFFSET,
	MALFORMED_UDP_TRUNCATED,
	MALFORMED_UDP_LENGTH,
	MALFORMED_ICMP_TRUNCATED,
	MALFORMED_ICMPV6_TRUNCATED,
	MALFORMED_SCTP_TRUNCATED,
	MALFORMED_DCCP_TRUNCATED,
	MALFORMED_GRE_TRUNCATED,
	MALFORMED_TUNNEL_TRUNCATED,
	MALFORMED_REASON_COUNT,
};

enum health_row {
	HEALTH_FRAGMENTS = 0, /* every fragment, first ones included (not atomic IPv6 ones) */
	HEALTH_EVENTS_LOST_RING_FULL,
	HEALTH_EVENTS_LOST_RATE_LIMIT,
	HEALTH_DEPTH_EXCEEDED,     /* more nested headers than the parser follows */
	HEALTH_VLAN_TAGS_EXCEEDED, /* more tags than a flow's key holds */
	HEALTH_UNKNOWN_INTERFACE,  /* an attached program saw an index that user space never told */
	HEALTH_SAMPLES_SKIPPED,    /* packets beyond the rate of EVENT_PACKET: as was asked for */
	HEALTH_UNTRACKED,          /* all that COUNTER_UNTRACKED has by protocol */
	HEALTH_PROTOCOL_ROWS_FULL, /* frames of a rare protocol that are counted as PROTOCOL_OTHER, for want of room */
	HEALTH_ROW_COUNT,
};

/* What the programs cost, from samples; [0]: at ingress, [1]: at egress. (Σ COST_RUN - Σ COST_CLOCK) nanoseconds / packets of COST_RUN. */
enum cost_row {
	COST_RUN =
		0, /* packets: how many the samples stand for; bytes: nanoseconds of all of those, one reading of the clock included */
	COST_CLOCK, /* packets: samples; bytes: nanoseconds of that reading */
	COST_CALLS, /* packets: all runs of the program; bytes: 0. No bank has it: user space fills it in from struct run_counts */
	COST_ROW_COUNT,
};

enum monitor_program {
	PROGRAM_TC_INGRESS = 0, /* as enum interface_direction */
	PROGRAM_TC_EGRESS = 1,
	PROGRAM_XDP,
	PROGRAM_CAPTURE,
	PROGRAM_COUNT,
};

/* The beginning of each value of the map `scratch` (per CPU, one entry): read as it is, cumulative since load. */
struct run_counts {
	__u64 runs[PROGRAM_COUNT]; /* those that were not ours to count included */
};

enum counter_row {
	COUNTER_ENCAPSULATION = 0,
	COUNTER_MALFORMED = 16,
	COUNTER_HEALTH = 64,
	COUNTER_HEALTH_XDP = 80,
	COUNTER_COST = 96,
	COUNTER_COST_XDP = 112,
	COUNTER_UNTRACKED = 128,
	COUNTER_ROWS = 128 + KNP_PROTOCOL_ROWS,
};

/* ---- Flows ---- */

enum address_family {
	FAMILY_NONE = 0,
	FAMILY_IPV4 = 4,
	FAMILY_IPV6 = 6,
	FAMILY_ARP = 1, /* IPv4 addresses: sender and target protocol address */
};

enum tunnel_type {
	TUNNEL_NONE = 0,
	TUNNEL_VXLAN,
	TUNNEL_GENEVE,
	TUNNEL_GTP_U,
	TUNNEL_GRE,
	TUNNEL_IPIP,
	TUNNEL_6IN4,
};

/* Direction within a flow: index into its pairs of counters. */
enum flow_direction {
	FLOW_LOW_TO_HIGH = 0,
	FLOW_HIGH_TO_LOW = 1,
};

/*
 * One conversation. Everything before `first_direction` is hashed and compared; endpoints are in canonical order: the lower
 * address first (as bytes), for equal addresses the lower port. IPv4 addresses are ::ffff:a.b.c.d. 64 bytes.
 */
struct flow_key {
	__u8 low_address[16];
	__u8 high_address[16];
	__u16 low_port; /* host order; 0 where the protocol has none */
	__u16 high_port;
	__u32 interface_index;
	__u32 tunnel_id;               /* VNI, TEID, GRE key; 0 without */
	__u16 vlan[KNP_VLAN_TAGS_MAX]; /* VLAN ids, outermost first; 0xffff = no tag (0 is a valid id: a priority tag) */
	__u8 protocol;                 /* IP protocol number; 0 and family ARP for ARP */
	__u8 family;                   /* enum address_family */
	__u8 tunnel_type;              /* enum tunnel_type: the innermost tunnel */
	__u8 has_ports;
	/* Not part of the key: written once, by the first packet of the epoch. */
	__u8 first_direction; /* enum flow_direction */
	__u8 icmp_type;
	__u8 icmp_code;
	__u8 first_syn_direction; /* enum flow_direction of the first SYN without ACK; 0xff: none */
	__u32 fingerprint_bits;   /* by which programs know the flow again in a later epoch */
};

/* Bits of flow_counters.seen. Bits 0..7 / 8..15: TCP flags low to high / high to low. */
enum flow_seen {
	SEEN_TCP_FLAGS_LOW_TO_HIGH_SHIFT = 0,
	SEEN_TCP_FLAGS_HIGH_TO_LOW_SHIFT = 8,
	SEEN_RECEIVED_LOW_TO_HIGH = 1 << 16,
	SEEN_RECEIVED_HIGH_TO_LOW = 1 << 17,
	SEEN_SENT_LOW_TO_HIGH = 1 << 18,
	SEEN_SENT_HIGH_TO_LOW = 1 << 19,
	SEEN_FRAGMENT = 1 << 20,
	SEEN_MALFORMED = 1 << 21,
	SEEN_FIRST_BYTES = 1 << 22, /* its handshake was in the epoch before: payload is reported as after a SYN */
};

/* Hot: one cache line, every packet writes here. Of this epoch only. 64 bytes. */
struct flow_counters {
	__u64 fingerprint; /* keyed hash of the key, stable over epochs; 0 = free */
	__u64 packets[2];  /* by enum flow_direction */
	__u64 bytes[2];
	__u64 first_seen; /* control.clock: jiffies live, nanoseconds since 1970 in captures */
	__u64 last_seen;
	__u32 seen; /* enum flow_seen */
	__u32 fragments;
};

/* Cold: written when the flow appears and by rare packets. 64 bytes. */
struct flow_details {
	__u8 tunnel_source[16]; /* of the first packet's innermost tunnel; zero without */
	__u8 tunnel_destination[16];
	__u32 syn[2]; /* SYN without ACK, by enum flow_direction */
	__u32 syn_ack[2];
	__u32 fin[2];
	__u32 rst[2];
};

/* What lies beside a flow's counters. 128 bytes. */
struct flow_cold_entry {
	struct flow_key key;
	struct flow_details details;
};

/*
 * The socket that the flow's first packet of this epoch met, where FEATURE_FLOW_SOCKETS asks for it. Written once, whole, by that
 * packet. Zeros: it met none (received, forwarded, or read by XDP). 64 bytes.
 */
struct flow_socket {
	__u64 fingerprint; /* of the flow that the cell was written for: another flow's cell says nothing */
	__u64 socket_cookie;
	__u64 cgroup_id;
	__u64 owner_id; /* of the table of owners; 0 until there is one */
	__u64 reserved[4];
};

/* What a drain hands out for each flow that had packets. 192 bytes. */
struct flow_record {
	struct flow_counters counters;
	struct flow_key key;
	struct flow_details details;
};

/* ---- Events: rare, rate-limited by class, through the ring buffer ---- */

enum event_type {
	EVENT_NONE = 0,
	EVENT_MALFORMED,  /* reason: enum malformed_reason */
	EVENT_TCP_FLAGS,  /* an impossible combination: tcp_flags */
	EVENT_ARP,        /* reason: operation; addresses are protocol addresses, payload the ARP body */
	EVENT_NEIGHBOUR,  /* ND and RA: reason: ICMPv6 type; payload from the ICMPv6 header on */
	EVENT_ICMP_ERROR, /* reason: type << 8 | code; payload from the ICMP header on */
	EVENT_FRAGMENT,   /* odd fragments: tiny, overlapping candidates; reason: offset in bytes */
	EVENT_IP_OPTION,  /* source routes, RH0, extension header abuse; reason: option or header number */
	EVENT_PAYLOAD,    /* first payload bytes of a flow, DNS messages; reason: enum payload_class */
	EVENT_PACKET,     /* a sampled packet (the library's `packet` event): payload from the frame's start */
	EVENT_SOURCE_MAC, /* a source MAC that was not in the cache of lately seen ones; no payload */
	EVENT_UNTRACKED,  /* refused by the full flow table, of a source that tries ever other targets; no payload */
	EVENT_LOW_TTL,    /* unicast with a time to live of 3 or less; no payload */
	EVENT_TYPE_COUNT,
};

enum payload_class {
	PAYLOAD_FIRST_BYTES = 0,
	PAYLOAD_DNS,
	PAYLOAD_DHCP,
	PAYLOAD_ICMP_ECHO, /* payload from the ICMP header on; packet_payload_length: bytes of echo data */
	PAYLOAD_CLASS_COUNT,
};

/* Addresses and ports run from sender to receiver of this packet (not canonical). 112 bytes, then payload. */
struct event_record {
	__u16 type;   /* enum event_type */
	__u16 length; /* of the record with its payload, bytes */
	__u32 interface_index;
	__u64 time; /* control.clock, as flow_counters.last_seen */
	__u8 source_address[16];
	__u8 destination_address[16];
	__u16 source_port;
	__u16 destination_port;
	__u16 reason;
	__u8 protocol;
	__u8 family;
	__u8 direction; /* enum interface_direction */
	__u8 tcp_flags;
	__u8 time_to_live;
	__u8 tunnel_type;
	__u32 tunnel_id;
	__u32 frame_length; /* on the wire, bytes */
	__u32 tcp_sequence;
	__u8 source_mac[6];
	__u8 destination_mac[6];
	__u16 vlan[KNP_VLAN_TAGS_MAX];
	__u16 payload_length;        /* bytes that follow this struct */
	__u16 packet_payload_length; /* bytes behind the transport header in the packet itself */
	__u16 fragment_offset;       /* bytes; with fragment_more in the top bit of ip_flags */
	__u16 ip_flags;
	__u32 ip_identification;
	__u32 reserved;
};

/* ---- Control: written by user space, read by every program ---- */

/* The section of the programs' variable `control`, and so the name of its map: a mapped array of one entry. */
#define KNP_CONTROL_MAP ".data.control"
/* The section of the constant `flow_sockets`, and so its map: 1, before the load, puts the code for FEATURE_FLOW_SOCKETS into the programs. */
#define KNP_FLOW_SOCKETS_MAP ".rodata.flow_sockets"

/* Eight to a cache line. */
struct interface_entry {
	__u32 interface_index; /* 0 = free */
	__u16 slot_and_link;   /* enum interface_bits */
	/* By epoch, written by programs: frames came, so the slot's totals are worth reading. */
	__u8 touched[2];
};

enum interface_bits {
	INTERFACE_SLOT_MASK = KNP_INTERFACE_SLOTS_MAX - 1,
	INTERFACE_LINK_SHIFT = 12,        /* enum link_kind, 2 bits */
	INTERFACE_INGRESS_ONLY = 1 << 14, /* loopback: egress is not counted */
};

enum link_kind {
	LINK_ETHERNET = 0,
	LINK_RAW_IP, /* no link header: tun, WireGuard, raw captures */
	LINK_OTHER,  /* counted as PROTOCOL_LINK_TYPE, not parsed */
};

/* Bits of control.features: what user space wants beyond counting; 0 costs nothing. */
enum control_feature {
	FEATURE_EVENTS_MALFORMED = 1 << 0,
	FEATURE_EVENTS_TCP_FLAGS = 1 << 1,
	FEATURE_EVENTS_ARP = 1 << 2,
	FEATURE_EVENTS_NEIGHBOUR = 1 << 3,
	FEATURE_EVENTS_ICMP_ERROR = 1 << 4,
	FEATURE_EVENTS_FRAGMENT = 1 << 5,
	FEATURE_EVENTS_IP_OPTION = 1 << 6,
	FEATURE_PAYLOAD_FIRST_BYTES = 1 << 7,
	FEATURE_PAYLOAD_DNS = 1 << 8,
	FEATURE_PAYLOAD_DHCP = 1 << 9,
	FEATURE_TUNNELS_OUTER = 1 << 10, /* flows by the outermost conversation */
	FEATURE_PACKET_SAMPLES = 1 << 11,
	FEATURE_PAYLOAD_ICMP_ECHO = 1 << 12,
	FEATURE_EVENTS_SOURCE_MAC = 1 << 13,
	FEATURE_EVENTS_UNTRACKED = 1 << 14,
	FEATURE_EVENTS_LOW_TTL = 1 << 15,
	FEATURE_FLOW_SOCKETS = 1 << 16, /* no event: struct flow_socket beside each new flow; wanted from the load on */
};

struct control {
	__u32 abi_version;
	__u32 epoch;        /* 0 or 1: the bank and the half of the flow table that programs write to */
	__u32 features;     /* enum control_feature */
	__u32 flow_buckets; /* of one epoch */
	__u64 seed[28];     /* secret, random, never printed; 4 for each hashed word */
	__u32 sample_rate;  /* EVENT_PACKET: tokens a second and CPU */
	__u32 interface_slots;
	__u32 interface_seed[2];                                     /* secret, random, odd: of each choice of a bucket */
	struct interface_entry interfaces[KNP_INTERFACE_TABLE_SIZE]; /* bucket by bucket, from a cache line on */
};

/*
 * ---- A batch: what one drain hands to TypeScript, and what a recording holds: a header, a directory, and sections ----
 *
 * The header and batch_section are never changed but by appending (header_size says how far a header goes). Readers pass over
 * sections whose kind they don't know. Sections lie at multiples of 8 and don't overlap.
 */

#define KNP_BATCH_MAGIC 0x54504e4b /* "KNPT" */

enum clock_kind {
	CLOCK_JIFFIES = 0,
	CLOCK_NANOSECONDS = 1,
};

struct batch_header {
	__u32 magic;
	__u32 abi_version;
	__u32 header_size;       /* bytes; the directory follows */
	__u32 section_count;     /* struct batch_section each */
	__u64 captured_at_ns;    /* realtime, nanoseconds since 1970; in captures the tick's end in capture time */
	__u64 boottime_ns;       /* CLOCK_BOOTTIME at that moment; in captures as captured_at_ns */
	__u64 clock_at_capture;  /* the programs' clock at that moment */
	__u64 clock_ns_per_unit; /* 1 in captures, 10^9 / HZ live */
	__u32 clock_kind;
	__u32 reserved;
	__u64 length;   /* of the whole batch, bytes */
	__u64 drain_ns; /* time of this drain off the main thread, nanoseconds */
};

struct batch_section {
	__u32 kind;        /* enum section_kind */
	__u32 record_size; /* bytes */
	__u32 count;       /* records */
	__u32 layout_id; /* enum record_layout of the writer's ABI: names the struct whose fields a recording's header describes */
	__u64 offset;    /* from the start of the batch, bytes */
};

enum section_kind {
	SECTION_TOTALS = 1,   /* interface_total, of this interval only: rows with traffic */
	SECTION_COUNTERS = 2, /* traffic_counter[COUNTER_ROWS], summed over CPUs, cumulative; rows are never renumbered */
	SECTION_FLOWS = 3,    /* flow_record, of this interval only */
};

enum record_layout {
	LAYOUT_INTERFACE_TOTAL = 1,
	LAYOUT_TRAFFIC_COUNTER = 2,
	LAYOUT_FLOW_RECORD = 3,
};

/* What one interface had of one protocol, summed over CPUs. 40 bytes. */
struct interface_total {
	__u32 interface_index;
	__u16 slot;
	__u16 protocol; /* enum protocol_index */
	struct traffic_counter traffic;
};

/* ---- Captures: frames handed to the addon in one buffer; each is this header, then `captured_length` bytes, padded to 8 ---- */

struct capture_frame {
	__u64 time_ns;         /* nanoseconds since 1970 */
	__u32 original_length; /* on the wire */
	__u32 captured_length; /* bytes that follow */
	__u32 interface_index; /* made up by the capture source, known to control.interfaces */
	__u16 direction;       /* enum interface_direction */
	__s16 link_length_delta; /* length handed over in place of the link header, less that header's own: SLL made Ethernet: -2 */
};

/*
 * What network_monitor_capture reads of its __sk_buff (BPF_PROG_TEST_RUN, ctx_in; all of it can be set since 5.10):
 * mark = interface_index, and cb[]. The data may be padded (to 14 bytes) or cut (to the kernel's limit).
 */
enum capture_cb {
	CAPTURE_CB_CAPTURED_LENGTH = 0, /* bytes of the data that are the frame's: captured_length, or less where cut */
	CAPTURE_CB_ORIGINAL_LENGTH,     /* counted */
	CAPTURE_CB_TIME_LOW,            /* time_ns */
	CAPTURE_CB_TIME_HIGH,
	CAPTURE_CB_DIRECTION_AND_DELTA, /* direction | (__u16)link_length_delta << 16 */
};

/* Written by network_monitor_clock into the one entry of the map `clock`: two runs give the length of a jiffy. */
struct clock_sample {
	__u64 jiffies;
	__u64 monotonic_ns;
};

#endif
