// SPDX-License-Identifier: MIT
// Sends frames (hexadecimal) by a packet socket's TX ring, so that all data after the Ethernet header is in page fragments (non-linear skb).
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum { SLOT = 16384, SLOTS = 4 };

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static unsigned from_hex(unsigned char *to, const char *text)
{
	unsigned length = 0;

	for (; text[0] && text[1] && length < SLOT - 64; text += 2) {
		const char digits[3] = {text[0], text[1], 0};
		to[length++] = strtoul(digits, NULL, 16);
	}
	return length;
}

int main(int count, char **arguments)
{
	if (count < 3) {
		fprintf(stderr, "usage: %s INTERFACE FRAME..\n", arguments[0]);
		return 2;
	}
	int fd = socket(AF_PACKET, SOCK_RAW, 0), version = TPACKET_V2;
	struct tpacket_req ring = {.tp_block_size = SLOT, .tp_block_nr = SLOTS, .tp_frame_size = SLOT, .tp_frame_nr = SLOTS};
	struct sockaddr_ll link = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(arguments[1])};

	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &ring, sizeof(ring)) || bind(fd, (struct sockaddr *)&link, sizeof(link)))
		return fail("packet ring");
	unsigned char *slots = mmap(NULL, SLOT * SLOTS, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (slots == MAP_FAILED)
		return fail("mmap");
	for (int i = 2; i < count; i++) {
		unsigned char *slot = slots + (i - 2) % SLOTS * SLOT;
		struct tpacket2_hdr *header = (struct tpacket2_hdr *)slot;
		header->tp_len = from_hex(slot + TPACKET2_HDRLEN - sizeof(struct sockaddr_ll), arguments[i]);
		header->tp_status = TP_STATUS_SEND_REQUEST;
		if (send(fd, NULL, 0, 0) < 0)
			return fail("send");
		if (header->tp_status & TP_STATUS_WRONG_FORMAT)
			return fail("wrong format");
	}
	return 0;
}
