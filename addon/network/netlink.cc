// SPDX-License-Identifier: MIT
// Builds, sends, receives and parses route netlink messages.
#include "network/netlink.h"

#include "host/native_error.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

namespace knp
{

namespace
{

// The largest message that the kernel sends is 32 KiB.
constexpr size_t answerBytesMax = 64 * 1024;

// Dumps interrupted by a change (NLM_F_DUMP_INTR) before the last one is used as it is: on a host where interfaces come and go
// all the time, the next list finds what this one missed.
constexpr int dumpsMax = 5;

} // namespace

NetlinkRequest::NetlinkRequest(uint16_t type, uint16_t flags, size_t messageBytes)
{
	bytes.resize(NLMSG_LENGTH(messageBytes));
	auto *header = reinterpret_cast<struct nlmsghdr *>(bytes.data());
	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
}

void *NetlinkRequest::body()
{
	return NLMSG_DATA(reinterpret_cast<struct nlmsghdr *>(bytes.data()));
}

TrafficControlRequest::TrafficControlRequest(uint16_t type, uint16_t flags, int interfaceIndex, uint32_t parent)
	: NetlinkRequest(type, flags, sizeof(struct tcmsg))
{
	message()->tcm_family = AF_UNSPEC;
	message()->tcm_ifindex = interfaceIndex;
	message()->tcm_parent = parent;
}

void NetlinkRequest::add(uint16_t type, const void *value, size_t length)
{
	size_t start = NLMSG_ALIGN(bytes.size());
	bytes.resize(start + RTA_SPACE(length));
	auto *attribute = reinterpret_cast<struct rtattr *>(bytes.data() + start);
	attribute->rta_type = type;
	attribute->rta_len = static_cast<uint16_t>(RTA_LENGTH(length));
	if (length)
		memcpy(RTA_DATA(attribute), value, length);
}

void NetlinkRequest::addText(uint16_t type, const std::string &text)
{
	add(type, text.c_str(), text.size() + 1);
}

void NetlinkRequest::addNumber(uint16_t type, uint32_t value)
{
	add(type, &value, sizeof(value));
}

size_t NetlinkRequest::begin(uint16_t type)
{
	size_t start = NLMSG_ALIGN(bytes.size());
	add(type, nullptr, 0);
	return start;
}

void NetlinkRequest::end(size_t start)
{
	auto *attribute = reinterpret_cast<struct rtattr *>(bytes.data() + start);
	attribute->rta_len = static_cast<uint16_t>(bytes.size() - start);
}

NetlinkSocket::NetlinkSocket() : socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE))
{
	if (!socket.valid())
		throw NativeError::fromErrno("open a netlink socket", errno);
	int on = 1;
	// Both only make errors clearer; kernels without them still answer.
	(void)setsockopt(socket.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)setsockopt(socket.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
}

void NetlinkSocket::send(NetlinkRequest &request)
{
	auto *header = reinterpret_cast<struct nlmsghdr *>(request.bytes.data());
	header->nlmsg_len = static_cast<uint32_t>(request.bytes.size());
	header->nlmsg_seq = ++sequence;
	if (::send(socket.get(), request.bytes.data(), request.bytes.size(), 0) < 0)
		throw NativeError::fromErrno("send a netlink request", errno);
}

size_t NetlinkSocket::receive()
{
	buffer.resize(answerBytesMax);
	ssize_t length;
	do {
		length = recv(socket.get(), buffer.data(), buffer.size(), 0);
	} while (length < 0 && errno == EINTR);
	if (length < 0)
		throw NativeError::fromErrno("receive a netlink answer", errno);
	return static_cast<size_t>(length);
}

int NetlinkSocket::execute(NetlinkRequest &request, std::string *message,
                           const std::function<void(const struct nlmsghdr *)> &visit)
{
	reinterpret_cast<struct nlmsghdr *>(request.bytes.data())->nlmsg_flags |= NLM_F_ACK;
	send(request);
	for (;;) {
		auto left = static_cast<unsigned>(receive());
		auto *header = reinterpret_cast<struct nlmsghdr *>(buffer.data());
		for (; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
			if (header->nlmsg_seq != sequence)
				continue;
			if (header->nlmsg_type != NLMSG_ERROR) {
				if (visit)
					visit(header);
				continue;
			}
			auto *error = static_cast<struct nlmsgerr *>(NLMSG_DATA(header));
			// NETLINK_CAP_ACK: the request isn't repeated, so the attributes follow the error at once.
			size_t head = NLMSG_LENGTH(sizeof(*error));
			if (message && (header->nlmsg_flags & NLM_F_ACK_TLVS) && header->nlmsg_len > head) {
				const void *first = reinterpret_cast<uint8_t *>(header) + NLMSG_ALIGN(head);
				const auto *text = findAttribute(first, header->nlmsg_len - head, NLMSGERR_ATTR_MSG);
				if (text)
					*message = attributeText(text);
			}
			return -error->error;
		}
	}
}

int NetlinkSocket::collect(NetlinkRequest &request, std::vector<uint8_t> &messages, bool &interrupted)
{
	send(request);
	for (;;) {
		auto left = static_cast<unsigned>(receive());
		auto *header = reinterpret_cast<struct nlmsghdr *>(buffer.data());
		for (; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
			if (header->nlmsg_seq != sequence)
				continue;
			interrupted |= (header->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
			if (header->nlmsg_type == NLMSG_DONE)
				return 0;
			if (header->nlmsg_type == NLMSG_ERROR)
				return -static_cast<struct nlmsgerr *>(NLMSG_DATA(header))->error;
			const auto *start = reinterpret_cast<const uint8_t *>(header);
			messages.insert(messages.end(), start, start + header->nlmsg_len);
			messages.resize(NLMSG_ALIGN(messages.size()));
		}
	}
}

int NetlinkSocket::dump(NetlinkRequest &request, const std::function<void(const struct nlmsghdr *)> &visit)
{
	reinterpret_cast<struct nlmsghdr *>(request.bytes.data())->nlmsg_flags |= NLM_F_DUMP;
	std::vector<uint8_t> messages;
	bool interrupted = true;
	for (int dumps = 0; interrupted && dumps < dumpsMax; dumps++) {
		messages.clear();
		interrupted = false;
		int failed = collect(request, messages, interrupted);
		if (failed)
			return failed;
	}
	auto left = static_cast<unsigned>(messages.size());
	const auto *header = reinterpret_cast<const struct nlmsghdr *>(messages.data());
	for (; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left))
		visit(header);
	return interrupted ? EAGAIN : 0;
}

void visitAttributes(const void *first, size_t bytes, const std::function<void(const struct rtattr *)> &visit)
{
	auto left = static_cast<int>(bytes);
	const auto *attribute = static_cast<const struct rtattr *>(first);
	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		visit(attribute);
}

const struct rtattr *findAttribute(const void *first, size_t bytes, uint16_t type)
{
	auto left = static_cast<int>(bytes);
	auto *attribute = static_cast<const struct rtattr *>(first);
	while (RTA_OK(attribute, left)) {
		if ((attribute->rta_type & NLA_TYPE_MASK) == type)
			return attribute;
		size_t step = RTA_ALIGN(attribute->rta_len);
		left -= static_cast<int>(step);
		attribute = reinterpret_cast<const struct rtattr *>(reinterpret_cast<const uint8_t *>(attribute) + step);
	}
	return nullptr;
}

std::string attributeText(const struct rtattr *attribute)
{
	const char *text = static_cast<const char *>(RTA_DATA(attribute));
	return std::string(text, strnlen(text, RTA_PAYLOAD(attribute)));
}

uint32_t attributeNumber(const struct rtattr *attribute)
{
	uint32_t value = 0;
	memcpy(&value, RTA_DATA(attribute), std::min(sizeof(value), static_cast<size_t>(RTA_PAYLOAD(attribute))));
	return value;
}

} // namespace knp
