// SPDX-License-Identifier: MIT
// Crafted frames against what their builder knows of them. With a folder as argument they are also written there, as the fuzzer's seeds.
#include "user_space.h"

#include <stddef.h>
#include <stdio.h>

static uint8_t bytes[4096];
static uint32_t length;
static int failures, tests;

static void begin(void)
{
	length = 0;
}

static void u8(uint32_t value)
{
	bytes[length++] = (uint8_t)value;
}

static void u16(uint32_t value)
{
	u8(value >> 8);
	u8(value);
}

static void u32(uint32_t value)
{
	u16(value >> 16);
	u16(value);
}

static void fill(uint32_t count)
{
	while (count--)
		u8(0);
}

static void ethernet(uint32_t type)
{
	for (int i = 0; i < 12; i++)
		u8(2);
	u16(type);
}

static void ipv4(uint32_t protocol, uint32_t payload, uint32_t fragment)
{
	u16(0x4500), u16(20 + payload), u16(77), u16(fragment);
	u8(64), u8(protocol), u16(0), u32(0x0a000001), u32(0x0a000002);
}

static void ipv6(uint32_t next, uint32_t payload)
{
	u32(0x60000000), u16(payload), u8(next), u8(64);
	u32(0x20010db8), fill(11), u8(1);
	u32(0x20010db8), fill(11), u8(2);
}

static void udp(uint32_t port, uint32_t payload)
{
	u16(40000), u16(port), u16(8 + payload), u16(0);
}

static void tcp(uint32_t flags)
{
	u16(40000), u16(443), u32(1), u32(2), u8(0x50), u8(flags), u16(100), u16(0), u16(0);
}

struct expected {
	const char *name;
	uint32_t protocol;
	uint32_t encapsulations; // bits
	uint32_t malformed;
	uint32_t tags;
	uint32_t has_ports;
	uint32_t family;
	uint32_t tunnel_id;
};

static void check(const struct expected *expected, uint32_t original, const char *seeds)
{
	struct frame_bytes frame = {.data = bytes, .length = length, .original = original ? original : length};
	struct packet packet = parse_in_user_space(&frame, 1);
	const struct expected found = {
		expected->name,
		packet.protocol,
		packet.rare & 0xffff,
		packet_malformed_reason(&packet),
		packet_tag_count(&packet),
		!!(packet.kind & KIND_HAS_PORTS),
		packet_family(&packet),
		packet.tunnel_id,
	};

	tests++;
	// Up to the last member: what lies behind it is padding.
	if (memcmp(&found, expected, offsetof(struct expected, tunnel_id) + sizeof(found.tunnel_id)) != 0) {
		failures++;
		printf("not ok %s: protocol %u encapsulations %x malformed %u tags %u ports %u family %u tunnel %u\n",
		       found.name, found.protocol, found.encapsulations, found.malformed, found.tags, found.has_ports,
		       found.family, found.tunnel_id);
	}
	if (seeds) {
		char path[4096];
		snprintf(path, sizeof(path), "%s/crafted-%d", seeds, tests);
		FILE *file = fopen(path, "w");
		if (!file) {
			perror(path);
			exit(1);
		}
		fputc(0, file);
		fwrite(bytes, 1, length, file);
		fclose(file);
	}
}

#define EXPECT(original, ...) check(&(struct expected){__VA_ARGS__}, original, seeds)
#define BIT(encapsulation) (1u << ENCAPSULATION_##encapsulation)

static void plain_and_tagged(const char *seeds)
{
	begin(), ethernet(0x0800), ipv4(17, 12, 0), udp(9000, 4), fill(4);
	EXPECT(0, "UDP over IPv4", 17, .has_ports = 1, .family = 4);
	begin(), ethernet(0x0800), ipv4(6, 20, 0), tcp(0x12);
	EXPECT(0, "TCP over IPv4", 6, .has_ports = 1, .family = 4);
	begin(), ethernet(0x86dd), ipv6(17, 8), udp(9000, 0);
	EXPECT(0, "UDP over IPv6", 17, .has_ports = 1, .family = 6);
	begin(), ethernet(0x8100), u16(5), u16(0x0800), ipv4(1, 8, 0), u16(0x0800), fill(6);
	EXPECT(0, "ICMP in a VLAN", 1, .tags = 1, .family = 4);
	begin(), ethernet(0x88a8), u16(5), u16(0x8100), u16(6), u16(0x86dd), ipv6(58, 8), u16(0x8000), fill(6);
	EXPECT(0, "ICMPv6 in QinQ", 58, .tags = 2, .family = 6);
	begin(), ethernet(0x0806), u16(1), u16(0x0800), u8(6), u8(4), u16(1), fill(20);
	EXPECT(0, "ARP", PROTOCOL_ARP, .family = FAMILY_ARP);
	begin(), ethernet(0x88cc), fill(20);
	EXPECT(0, "LLDP", PROTOCOL_LLDP);
	begin(), ethernet(38), u8(0x42), u8(0x42), u8(3), fill(35);
	EXPECT(0, "STP", PROTOCOL_STP);
	begin(), ethernet(0x88a2), fill(40);
	EXPECT(0, "an EtherType that nobody knows", PROTOCOL_ETHERNET_OTHER);
	begin(), ethernet(48), u8(0xaa), u8(0xaa), u8(3), fill(3), u16(0x0800), ipv4(17, 8, 0), udp(9000, 0);
	EXPECT(0, "SNAP", 17, .has_ports = 1, .family = 4);
	begin(), ethernet(0x8847), u32(0x00010040), u32(0x00020140), ipv4(17, 8, 0), udp(9000, 0);
	EXPECT(0, "two MPLS labels", 17, BIT(MPLS), .has_ports = 1, .family = 4);
	begin(), ethernet(0x8864), u16(0x1100), u16(7), u16(30), u16(0x21), ipv4(17, 8, 0), udp(9000, 0);
	EXPECT(0, "PPPoE", 17, BIT(PPPOE), .has_ports = 1, .family = 4);
}

static void extended(const char *seeds)
{
	begin(), ethernet(0x86dd), ipv6(0, 8 + 8 + 8), u8(60), fill(7), u8(17), fill(7), udp(9000, 0);
	EXPECT(0, "hop-by-hop and destination options", 17, .has_ports = 1, .family = 6);
	begin(), ethernet(0x86dd), ipv6(44, 16), u8(17), u8(0), u16(0), u32(9), udp(9000, 0);
	EXPECT(0, "an atomic fragment", 17, .has_ports = 1, .family = 6);
	begin(), ethernet(0x86dd), ipv6(44, 16), u8(17), u8(0), u16(0x58), u32(9), fill(8);
	EXPECT(0, "a later fragment, IPv6", 17, .family = 6);
	begin(), ethernet(0x0800), ipv4(17, 8, 0x2000), udp(9000, 100);
	EXPECT(0, "a first fragment", 17, .has_ports = 1, .family = 4);
	begin(), ethernet(0x0800), ipv4(17, 8, 0x00b9), fill(8);
	EXPECT(0, "a later fragment", 17, .family = 4);
	begin(), ethernet(0x0800), ipv4(51, 24 + 8, 0), u8(17), u8(4), fill(22), udp(9000, 0);
	EXPECT(0, "AH over IPv4", 17, .has_ports = 1, .family = 4);
	begin(), ethernet(0x0800), ipv4(132, 12, 0), u16(1), u16(2), fill(8);
	EXPECT(0, "SCTP", 132, .has_ports = 1, .family = 4);
	begin(), ethernet(0x0800), ipv4(89, 24, 0), fill(24);
	EXPECT(0, "OSPF", 89, .family = 4);
}

static void tunnelled(const char *seeds)
{
	begin(), ethernet(0x0800), ipv4(17, 58, 0), udp(4789, 50), u32(0x08000000), u32(42 << 8), ethernet(0x0800),
		ipv4(17, 8, 0);
	udp(9000, 0);
	EXPECT(0, "VXLAN", 17, BIT(VXLAN), .has_ports = 1, .family = 4, .tunnel_id = 42);
	begin(), ethernet(0x0800), ipv4(17, 16, 0), udp(4789, 8), u32(0), u32(42 << 8);
	EXPECT(0, "VXLAN's port without its flag", 17, .has_ports = 1, .family = 4);
	begin(), ethernet(0x86dd), ipv6(17, 78), udp(6081, 70), u16(0x0200), u16(0x6558), u32(7 << 8), fill(8),
		ethernet(0x0800);
	ipv4(6, 20, 0), tcp(2);
	EXPECT(0, "Geneve with options", 6, BIT(GENEVE), .has_ports = 1, .family = 4, .tunnel_id = 7);
	begin(), ethernet(0x0800), ipv4(17, 44, 0), udp(2152, 36), u16(0x30ff), u16(28), u32(99), ipv4(17, 8, 0), udp(9000, 0);
	EXPECT(0, "GTP-U", 17, BIT(GTP_U), .has_ports = 1, .family = 4, .tunnel_id = 99);
	begin(), ethernet(0x0800), ipv4(47, 36, 0), u16(0x2000), u16(0x0800), u32(5), ipv4(17, 8, 0), udp(9000, 0);
	EXPECT(0, "GRE with a key", 17, BIT(GRE), .has_ports = 1, .family = 4, .tunnel_id = 5);
	begin(), ethernet(0x0800), ipv4(47, 4, 0), u16(0), u16(0x1234);
	EXPECT(0, "GRE around nothing that is known", 47, BIT(GRE), .family = 4);
	begin(), ethernet(0x0800), ipv4(4, 28, 0), ipv4(17, 8, 0), udp(9000, 0);
	EXPECT(0, "IPIP", 17, BIT(IPIP), .has_ports = 1, .family = 4);
	begin(), ethernet(0x0800), ipv4(41, 48, 0), ipv6(17, 8), udp(9000, 0);
	EXPECT(0, "6in4", 17, BIT(6IN4), .has_ports = 1, .family = 6);
	begin(), ethernet(0x0800), ipv4(17, 36, 0), udp(4789, 28), u32(0x08000000), u32(1 << 8), ethernet(0x88cc), fill(6);
	EXPECT(0, "LLDP in VXLAN", PROTOCOL_LLDP, BIT(VXLAN), .has_ports = 1, .family = 4);
}

static void broken(const char *seeds)
{
	begin(), fill(13);
	EXPECT(0, "13 bytes", PROTOCOL_MALFORMED, 0, MALFORMED_ETHERNET_TRUNCATED);
	begin(), ethernet(0x0800), ipv4(17, 8, 0), bytes[14] = 0x44, udp(9000, 0);
	EXPECT(0, "IHL 4", PROTOCOL_MALFORMED, 0, MALFORMED_IPV4_HEADER_LENGTH);
	begin(), ethernet(0x0800), ipv4(17, 8, 0), bytes[16] = 0, bytes[17] = 19, udp(9000, 0);
	EXPECT(0, "total length 19", PROTOCOL_MALFORMED, 0, MALFORMED_IPV4_TOTAL_LENGTH);
	begin(), ethernet(0x0800), ipv4(17, 8, 0), udp(9000, 0), bytes[39] = 7;
	EXPECT(0, "UDP length 7", PROTOCOL_MALFORMED, 0, MALFORMED_UDP_LENGTH, .has_ports = 1, .family = 4);
	begin(), ethernet(0x0800), ipv4(6, 20, 0), tcp(2), bytes[46] = 0x40;
	EXPECT(0, "TCP data offset 4", PROTOCOL_MALFORMED, 0, MALFORMED_TCP_DATA_OFFSET, .has_ports = 1, .family = 4);
	begin(), ethernet(0x0800), ipv4(6, 6, 0), fill(6);
	EXPECT(0, "six bytes of TCP", PROTOCOL_MALFORMED, 0, MALFORMED_TCP_TRUNCATED, .has_ports = 1, .family = 4);
	begin(), ethernet(0x0800), ipv4(6, 400, 0), u16(40000), u16(443);
	EXPECT(434, "cut behind the ports", 6, .has_ports = 1, .family = 4);
	begin(), ethernet(0x0800), ipv4(6, 400, 0), u16(40000);
	EXPECT(434, "cut before the ports", PROTOCOL_MALFORMED, 0, MALFORMED_TCP_TRUNCATED, .family = 4);
}

int main(int count, char **arguments)
{
	const char *seeds = count > 1 ? arguments[1] : NULL;

	plain_and_tagged(seeds);
	extended(seeds);
	tunnelled(seeds);
	broken(seeds);
	printf("%d passed, %d failed\n", tests - failures, failures);
	return failures != 0;
}
