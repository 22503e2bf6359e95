/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What a packet adds to its flow, whichever table holds it. */
#ifndef KNP_LIB_FLOW_ENTRY_H
#define KNP_LIB_FLOW_ENTRY_H

#include "flow_identity.h"
#include "totals.h"

enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
};
#define TCP_COUNTED_FLAGS (TCP_FIN | TCP_SYN | TCP_RST)
#define NO_SYN 0xff

enum flow_novelty {
	FLOW_REFUSED = 0, /* the table has no room for it */
	FLOW_KNOWN,
	FLOW_NEW, /* its first packet of this epoch: exactly one, whichever CPUs meet it */
};

/* What became of a packet's flow in the table. */
struct flow_place {
	__u32 index; /* of the entry in flow_hot, flow_cold and flow_socket; the hash maps have none */
	__u32 novelty;
};

static __always_inline void write_address(__u8 *to, __u32 family, __u64 first, __u64 second)
{
	__u64 *words = (__u64 *)to;

	/* ::ffff:a.b.c.d */
	words[0] = family == FAMILY_IPV6 ? first : 0;
	words[1] = family == FAMILY_IPV6 ? second : 0xffff0000ULL | first << 32;
}

static __always_inline void fill_flow_key(struct flow_key *key, const struct frame *frame, const struct packet *packet,
                                          const struct flow_identity *flow)
{
	int is_syn = (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;

	if (packet_family(packet) == FAMILY_IPV6) {
		__u8 *source = flow->direction ? key->high_address : key->low_address;
		__u8 *destination = flow->direction ? key->low_address : key->high_address;

		write_address(source, FAMILY_IPV6, packet->addresses[0], packet->addresses[1]);
		write_address(destination, FAMILY_IPV6, packet->addresses[2], packet->addresses[3]);
	} else {
		__u64 addresses = order_ipv4(packet->addresses[0], flow->direction);

		write_address(key->low_address, FAMILY_IPV4, (__u32)addresses, 0);
		write_address(key->high_address, FAMILY_IPV4, addresses >> 32, 0);
	}
	*(__u32 *)&key->low_port = flow->ports;
	key->interface_index = frame->interface_index;
	key->tunnel_id = packet->tunnel_id;
	*(__u32 *)&key->vlan[0] = packet->tags;
	*(__u32 *)&key->vlan[2] = packet->tags >> 32;
	key->protocol = packet->kind;
	key->family = packet_family(packet);
	key->tunnel_type = packet_tunnel(packet);
	key->has_ports = !!(packet->kind & KIND_HAS_PORTS);
	key->first_direction = flow->direction;
	key->icmp_type = packet->icmp;
	key->icmp_code = packet->icmp >> 8;
	key->first_syn_direction = is_syn ? flow->direction : NO_SYN;
	key->fingerprint_bits = flow->fingerprint;
}

static __always_inline void fill_flow_details(struct flow_details *details, const struct packet *packet)
{
	if (!packet_tunnel(packet))
		return;
	if (packet->tunnel_family == FAMILY_IPV6) {
		write_address(details->tunnel_source, FAMILY_IPV6, packet->tunnel_addresses[0], packet->tunnel_addresses[1]);
		write_address(details->tunnel_destination, FAMILY_IPV6, packet->tunnel_addresses[2],
		              packet->tunnel_addresses[3]);
	} else {
		write_address(details->tunnel_source, FAMILY_IPV4, (__u32)packet->tunnel_addresses[0], 0);
		write_address(details->tunnel_destination, FAMILY_IPV4, packet->tunnel_addresses[0] >> 32, 0);
	}
}

static __always_inline __u32 seen_bits(const struct frame *frame, const struct packet *packet, const struct flow_identity *flow)
{
	__u32 bits = packet->tcp_flags << (SEEN_TCP_FLAGS_HIGH_TO_LOW_SHIFT * flow->direction);

	bits |= (frame->direction == DIRECTION_SENT ? SEEN_SENT_LOW_TO_HIGH : SEEN_RECEIVED_LOW_TO_HIGH) << flow->direction;
	if (packet->rare & RARE_FRAGMENT)
		bits |= SEEN_FRAGMENT;
	if (packet->rare & RARE_MALFORMED_MASK)
		bits |= SEEN_MALFORMED;
	return bits;
}

static __always_inline void add_seen_bits(struct flow_counters *entry, __u32 bits)
{
#ifdef FLOW_TABLE_HASH
	/* No atomic or before 5.12: what two CPUs write over each other comes again with the next packet that has it. */
	entry->seen |= bits;
#else
	__atomic_fetch_or(&entry->seen, bits, __ATOMIC_RELAXED);
#endif
}

/* Of payload before a packet in its direction and epoch: what comes later is reported on the ports of dialogues only. */
#define FIRST_BYTES KNP_EVENT_PAYLOAD_MAX
/* A SYN has so many more bytes of options than later packets, at most. */
#define SYN_OPTIONS_LONGEST 40
/* A frame without payload is padded to that. */
#define FRAME_SHORTEST 60
/* A bit of packet.events that is no class: this flow's first bytes have been told in an earlier epoch, if they were to be told. */
#define EVENTS_OF_OLD_FLOW (1U << 31)
#define SEEN_ANY_SYN (TCP_SYN << SEEN_TCP_FLAGS_LOW_TO_HIGH_SHIFT | TCP_SYN << SEEN_TCP_FLAGS_HIGH_TO_LOW_SHIFT)
#define DIALOGUE_PAYLOAD_LONGEST 960

/* Of one direction in one epoch: a connection that sends more small packets is at work, and no longer logs in. */
#define DIALOGUE_PACKETS 64

/* FTP, SSH, Telnet, SMTP, HTTP, POP3, IMAP, LDAP, rlogin, rsh, submission, by bits of 64 ports; 2222, 3333 and 8080 lie beyond. */
static const __u64 dialogue_ports[16] = {
	0x2e00000, 0x400000010000, 0x8000, 0, 0, 0, 0x20, 0, 0x6, 0x800,
};

static __always_inline int is_dialogue_port(__u32 port)
{
	__u32 word = port >> 6;

	/* Kernels before 6.5 forget the range of what the compiler has put on the stack: the mask stands beside the access. */
	HIDE_FROM_COMPILER(word);
	word &= 15;
	if (port < 1024)
		return dialogue_ports[word] >> (port & 63) & 1;
	return port == 2222 || port == 3333 || port == 8080;
}

/*
 * Whether fewer than FIRST_BYTES of payload came before, by the bytes of frames less as many headers as this one has: however many
 * segments a buffer has, and however small they are. Of two errors it prefers a packet too many.
 */
static __always_inline int is_within_first_bytes(const struct frame *frame, __u32 length, __u64 packets, __u64 bytes)
{
	__u64 headers = frame->bytes - length, shortest = frame->frames * FRAME_SHORTEST;

	if (headers < shortest)
		headers = shortest;
	/* Both sides times the buffer's frames, so that nothing is divided. */
	return bytes * frame->frames < (FIRST_BYTES + SYN_OPTIONS_LONGEST) * frame->frames + packets * headers;
}

/*
 * Whether this packet's payload is among its flow's first: a fresh connection's, a dialogue's, or a datagram flow's first each way.
 * The first packet of an epoch may be that of a connection whose SYN came in the epoch before. `packets` and `bytes`: of this
 * direction in this epoch, before this buffer.
 */
static __always_inline void choose_first_bytes(const struct frame *frame, struct packet *packet, __u32 seen, __u64 packets,
                                               __u64 bytes)
{
	__u32 protocol = packet->kind & KIND_PROTOCOL_MASK, length = packet->limit - packet->payload_position;

	if (protocol == IP_TCP) {
		if ((seen & (SEEN_ANY_SYN | SEEN_FIRST_BYTES) || (!seen && !(packet->events & EVENTS_OF_OLD_FLOW))) &&
		    is_within_first_bytes(frame, length, packets, bytes))
			packet->events |= FEATURE_PAYLOAD_FIRST_BYTES;
		else if (packets < DIALOGUE_PACKETS && length <= DIALOGUE_PAYLOAD_LONGEST &&
		         (is_dialogue_port(__builtin_bswap16(packet->ports)) ||
		          is_dialogue_port(__builtin_bswap16(packet->ports >> 16))))
			packet->events |= FEATURE_PAYLOAD_FIRST_BYTES;
	} else if (protocol == IP_UDP && !packets && !(packet->events & (FEATURE_PAYLOAD_DNS | FEATURE_PAYLOAD_DHCP))) {
		packet->events |= FEATURE_PAYLOAD_FIRST_BYTES;
	}
}

static __always_inline int may_tell_first_bytes(const struct packet *packet)
{
	return control.features & FEATURE_PAYLOAD_FIRST_BYTES && packet->payload_position &&
	       packet->payload_position < packet->limit;
}

/* Several CPUs may be here at once: additions are atomic, bits are written only when they are new. */
static __always_inline void add_to_flow(struct flow_counters *entry, const struct frame *frame, struct packet *packet,
                                        const struct flow_identity *flow)
{
	__u32 direction = flow->direction & 1;
	__u32 bits = seen_bits(frame, packet, flow), seen;

	ADD_ATOMICALLY(&entry->packets[direction], frame->frames);
	ADD_ATOMICALLY(&entry->bytes[direction], frame->bytes);
	entry->last_seen = frame->time;
	seen = entry->seen;
	if (bits & ~seen)
		add_seen_bits(entry, bits);
	if (may_tell_first_bytes(packet))
		choose_first_bytes(frame, packet, seen, entry->packets[direction] - frame->frames,
		                   entry->bytes[direction] - frame->bytes);
	if (packet->rare & RARE_FRAGMENT)
		ADD_ATOMICALLY(&entry->fragments, 1);
}

static __always_inline void count_tcp_flags(struct flow_key *key, struct flow_details *details, const struct packet *packet,
                                            const struct flow_identity *flow)
{
	__u32 direction = flow->direction & 1;

	if (packet->tcp_flags & TCP_SYN) {
		if (packet->tcp_flags & TCP_ACK) {
			ADD_ATOMICALLY(&details->syn_ack[direction], 1);
		} else {
			ADD_ATOMICALLY(&details->syn[direction], 1);
			if (key->first_syn_direction == NO_SYN)
				key->first_syn_direction = flow->direction;
		}
	}
	if (packet->tcp_flags & TCP_FIN)
		ADD_ATOMICALLY(&details->fin[direction], 1);
	if (packet->tcp_flags & TCP_RST)
		ADD_ATOMICALLY(&details->rst[direction], 1);
}

#endif
