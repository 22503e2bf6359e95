// SPDX-License-Identifier: MIT
// Paced traffic for benchmarks of the whole program, by a packet socket: a flood of always new flows, or quiet office traffic of known ones.
#define _GNU_SOURCE
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
#include <time.h>
#include <unistd.h>

enum { BATCH = 256, FRAME = 60, SLICES = 100, PACKETS_PER_TURN = 10 };
enum { SYN = 0x02, ACK_PSH = 0x18 };

static unsigned char frames[BATCH][FRAME];
static struct mmsghdr messages[BATCH];
static struct iovec parts[BATCH];
static unsigned int filled;
static int descriptor;

static uint32_t mixed(uint32_t value)
{
	value = (value ^ value >> 16) * 0x7feb352d;
	value = (value ^ value >> 15) * 0x846ca68b;
	return value ^ value >> 16;
}

static void flush(void)
{
	for (unsigned int sent = 0; sent < filled;) {
		int done = sendmmsg(descriptor, messages + sent, filled - sent, 0);
		if (done > 0)
			sent += (unsigned int)done;
		else if (errno != ENOBUFS && errno != EAGAIN) {
			perror("sendmmsg");
			exit(1);
		}
	}
	filled = 0;
}

// One TCP frame between 10.77.0.2:`service` and `host`:`port`; `back`: from the former to the latter.
static void put(uint32_t host, uint16_t port, uint16_t service, unsigned char flags, int back)
{
	unsigned char *frame = frames[filled];
	unsigned char client[4] = {host >> 24, host >> 16, host >> 8, host}, server[4] = {10, 77, 0, 2};
	unsigned char client_port[2] = {port >> 8, port}, server_port[2] = {service >> 8, service};
	memcpy(frame + 26, back ? server : client, 4);
	memcpy(frame + 30, back ? client : server, 4);
	memcpy(frame + 34, back ? server_port : client_port, 2);
	memcpy(frame + 36, back ? client_port : server_port, 2);
	frame[47] = flags;
	if (++filled == BATCH)
		flush();
}

static void open_socket(const char *interface, const char *mac)
{
	struct ifreq request = {0};
	strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
	descriptor = socket(AF_PACKET, SOCK_RAW, 0);
	struct sockaddr_ll link = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface)};
	int one = 1;
	if (descriptor < 0 || ioctl(descriptor, SIOCGIFHWADDR, &request) ||
	    bind(descriptor, (struct sockaddr *)&link, sizeof(link)) ||
	    setsockopt(descriptor, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one))) {
		perror("packet socket");
		exit(1);
	}
	for (int i = 0; i < BATCH; i++) {
		unsigned char *frame = frames[i];
		for (int byte = 0; byte < 6; byte++) {
			char digits[3] = {mac[byte * 2], mac[byte * 2 + 1], 0};
			frame[byte] = (unsigned char)strtoul(digits, NULL, 16);
		}
		memcpy(frame + 6, request.ifr_hwaddr.sa_data, 6);
		frame[12] = 0x08;
		frame[14] = 0x45;
		frame[17] = FRAME - 14;
		frame[22] = 64;
		frame[23] = 6;
		frame[46] = 0x50;
		parts[i] = (struct iovec){frame, FRAME};
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
}

int main(int argc, char **argv)
{
	if (argc != 6) {
		fprintf(stderr, "usage: %s INTERFACE MAC_HEX flood|known|office FLOWS SECONDS\n", argv[0]);
		return 2;
	}
	open_socket(argv[1], argv[2]);
	const int flood = !strcmp(argv[3], "flood"), office = !strcmp(argv[3], "office");
	const uint32_t flows = (uint32_t)strtoul(argv[4], NULL, 10);
	const unsigned long slices = strtoul(argv[5], NULL, 10) * SLICES;
	struct timespec next;
	clock_gettime(CLOCK_MONOTONIC, &next);
	uint32_t serial = 0;
	for (unsigned long slice = 0; slice < slices; slice++) {
		const uint32_t second = (uint32_t)(slice / SLICES), part = (uint32_t)(slice % SLICES);
		for (uint32_t flow = (uint64_t)flows * part / SLICES; flow < (uint64_t)flows * (part + 1) / SLICES; flow++) {
			if (flood) { // forged sources, each used once
				const uint32_t source = mixed(++serial);
				put(source | 0x01000000, (uint16_t)(1024 + source % 60000), 80, SYN, 0);
				continue;
			}
			if (office && mixed(flow + second * flows) % 3 != 0) // another third each second
				continue;
			for (int turn = 0; turn < (office ? PACKETS_PER_TURN : 1); turn++)
				put(0x0a4e0000 + flow / 16, (uint16_t)(32768 + flow % 16), flow % 8 ? 443 : 80, ACK_PSH,
				    turn & 1);
		}
		flush();
		if ((next.tv_nsec += 1000000000 / SLICES) >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	return 0;
}
