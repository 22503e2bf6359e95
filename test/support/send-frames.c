// SPDX-License-Identifier: MIT
// Sends COUNT frames out of each named interface.
//   send-frames COUNT INTERFACE...
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { FRAME_BYTES = 60, LOCAL_EXPERIMENT = 0x88b5 };

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0) {
		perror("socket");
		return 1;
	}
	uint8_t frame[FRAME_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1};
	frame[12] = LOCAL_EXPERIMENT >> 8;
	frame[13] = LOCAL_EXPERIMENT & 0xff;
	for (int at = 2; at < argc; at++) {
		struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(argv[at])};
		for (int count = atoi(argv[1]); count > 0; count--) {
			if (sendto(fd, frame, sizeof(frame), 0, (struct sockaddr *)&to, sizeof(to)) != sizeof(frame)) {
				perror(argv[at]);
				return 1;
			}
		}
	}
	return 0;
}
