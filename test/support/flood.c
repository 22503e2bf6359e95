// SPDX-License-Identifier: MIT
// Sends N UDP frames of F distinct flows out of an interface as fast as a packet socket can, and prints the number sent.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 256, FRAME = 64 };

static unsigned char frames[BATCH][FRAME];

// Flow f: source 11.x.y.z and source port from f, a fixed destination. Every f below 2^32 is a distinct five-tuple.
static void set_flow(unsigned char *frame, uint32_t flow)
{
	frame[26] = 11;
	frame[27] = flow >> 24;
	frame[28] = flow >> 16;
	frame[29] = flow >> 8;
	frame[34] = 0x80 | (flow >> 1 & 0x7f);
	frame[35] = flow;
}

static void build(unsigned char *frame, const unsigned char *source, const unsigned char *destination)
{
	memcpy(frame, destination, 6);
	memcpy(frame + 6, source, 6);
	frame[12] = 0x08;
	frame[14] = 0x45;
	frame[17] = FRAME - 14;
	frame[22] = 64;
	frame[23] = 17;
	memcpy(frame + 30, (unsigned char[]){10, 77, 0, 2}, 4);
	frame[36] = 0x13;
	frame[37] = 0x88;
	frame[39] = FRAME - 34;
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: %s INTERFACE DESTINATION_MAC_HEX PACKETS FLOWS\n", argv[0]);
		return 2;
	}
	unsigned long packets = strtoul(argv[3], NULL, 10), flows = strtoul(argv[4], NULL, 10), sent = 0;
	unsigned char destination[6];
	for (int i = 0; i < 6; i++) {
		char digits[3] = {argv[2][i * 2], argv[2][i * 2 + 1], 0};
		destination[i] = strtoul(digits, NULL, 16);
	}
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	struct ifreq request = {0};
	strncpy(request.ifr_name, argv[1], IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request)) {
		perror("packet socket");
		return 1;
	}
	struct sockaddr_ll link = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(argv[1])};
	int one = 1;
	// Bypasses the queueing discipline, as if the sender were the NIC.
	if (bind(fd, (struct sockaddr *)&link, sizeof(link)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one))) {
		perror("bind");
		return 1;
	}
	struct mmsghdr messages[BATCH] = {0};
	struct iovec parts[BATCH];
	for (int i = 0; i < BATCH; i++) {
		build(frames[i], (unsigned char *)request.ifr_hwaddr.sa_data, destination);
		parts[i] = (struct iovec){frames[i], FRAME};
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (sent < packets) {
		unsigned int count = packets - sent < BATCH ? packets - sent : BATCH;
		for (unsigned int i = 0; i < count; i++)
			set_flow(frames[i], (sent + i) % flows);
		int done = sendmmsg(fd, messages, count, 0);
		if (done > 0)
			sent += done;
		else if (errno != ENOBUFS && errno != EAGAIN) {
			perror("sendmmsg");
			break;
		}
	}
	printf("%lu\n", sent);
	return sent == packets ? 0 : 1;
}
