// SPDX-License-Identifier: MIT
// Sends bytes in large buffers: TCP, or UDP segmented by the kernel (GSO); `options`: with an IPv6 destination options header.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

static char buffer[512 * 1024];

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int sink(int port)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int listener = socket(AF_INET6, SOCK_STREAM, 0), one = 1;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (listener < 0 || bind(listener, (struct sockaddr *)&any, sizeof(any)) || listen(listener, 8))
		return fail("listen");
	puts("ready");
	fflush(stdout);
	for (;;) {
		int peer = accept(listener, NULL, NULL);
		while (read(peer, buffer, sizeof(buffer)) > 0)
			;
		close(peer);
	}
}

static int send_tcp(int fd, long bytes)
{
	for (long left = bytes; left > 0;) {
		ssize_t sent = write(fd, buffer, left < (long)sizeof(buffer) ? (size_t)left : sizeof(buffer));
		if (sent < 0)
			return fail("write");
		left -= sent;
	}
	// All data has arrived when the peer has closed, too.
	shutdown(fd, SHUT_WR);
	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
	return 0;
}

static int send_udp(int fd, long bytes, int segment)
{
	// At most 64 segments, and at most what an IP packet holds.
	long most = segment * 64L < 60000 ? segment * 64L : 60000 / segment * segment;

	if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment, sizeof(segment)))
		return fail("UDP_SEGMENT");
	for (long left = bytes; left > 0;) {
		// No listener: the ICMP answer to one buffer is the error of the next send.
		ssize_t sent = send(fd, buffer, left < most ? (size_t)left : (size_t)most, 0);
		if (sent < 0 && errno == EIO)
			return fail("send"); // this kernel can't segment such packets
		left -= sent > 0 ? sent : 0;
		usleep(500);
	}
	return 0;
}

int main(int count, char **arguments)
{
	struct addrinfo wanted = {.ai_flags = AI_NUMERICHOST}, *found;
	// Pad4, Pad2: eight bytes with the header's own two.
	unsigned char options[8] = {0, 0, 1, 4, 0, 0, 0, 0};

	if (count == 3 && !strcmp(arguments[1], "sink"))
		return sink(atoi(arguments[2]));
	if (count < 5) {
		fprintf(stderr, "usage: %s sink PORT | tcp|udp ADDRESS PORT BYTES [SEGMENT [options]]\n", arguments[0]);
		return 2;
	}
	int is_tcp = !strcmp(arguments[1], "tcp");
	wanted.ai_socktype = is_tcp ? SOCK_STREAM : SOCK_DGRAM;
	if (getaddrinfo(arguments[2], arguments[3], &wanted, &found))
		return fail("address");
	int fd = socket(found->ai_family, found->ai_socktype, 0);
	if (count > 6 && setsockopt(fd, IPPROTO_IPV6, IPV6_DSTOPTS, options, sizeof(options)))
		return fail("IPV6_DSTOPTS");
	if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen))
		return fail("connect");
	return is_tcp ? send_tcp(fd, atol(arguments[4])) : send_udp(fd, atol(arguments[4]), atoi(arguments[5]));
}
