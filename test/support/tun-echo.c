// SPDX-License-Identifier: MIT
// The user-space end of a tun device, for tests: answers every ICMP echo request over IPv4 as its destination would.
//   tun-echo DEVICE      the device exists, `mode tun`
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	FRAME_BYTES = 65536,
	HEADER_BYTES = 20,
	ECHO_REQUEST = 8,
	ECHO_REPLY = 0,
	ICMP = 1,
};

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "tun-echo DEVICE\n");
		return 2;
	}
	int tun = open("/dev/net/tun", O_RDWR);
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	strncpy(request.ifr_name, argv[1], IFNAMSIZ - 1);
	if (tun < 0 || ioctl(tun, TUNSETIFF, &request) < 0) {
		perror(argv[1]);
		return 1;
	}
	static uint8_t frame[FRAME_BYTES];
	for (;;) {
		ssize_t bytes = read(tun, frame, sizeof(frame));
		if (bytes < 0)
			return 1;
		uint8_t *icmp = frame + HEADER_BYTES;
		if (bytes < HEADER_BYTES + 8 || frame[0] != 0x45 || frame[9] != ICMP || icmp[0] != ECHO_REQUEST)
			continue;
		uint8_t source[4];
		memcpy(source, frame + 12, 4);
		memcpy(frame + 12, frame + 16, 4);
		memcpy(frame + 16, source, 4);
		// The type's word decreases by 0x0800, so the checksum increases by it (RFC 1624).
		icmp[0] = ECHO_REPLY;
		uint32_t sum = (uint32_t)(icmp[2] << 8 | icmp[3]) + (ECHO_REQUEST << 8);
		sum = (sum & 0xffff) + (sum >> 16);
		icmp[2] = (uint8_t)(sum >> 8);
		icmp[3] = (uint8_t)sum;
		if (write(tun, frame, (size_t)bytes) != bytes)
			return 1;
	}
}
