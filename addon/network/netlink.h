// SPDX-License-Identifier: MIT
// A route netlink socket for links and traffic control filters: builds a request and waits for its answer.
#pragma once

#include "host/file_descriptor.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

namespace knp
{

// A request: header, the message of its family, attributes.
class NetlinkRequest
{
public:
	NetlinkRequest(uint16_t type, uint16_t flags, size_t messageBytes);

	void add(uint16_t type, const void *value, size_t bytes);
	void addText(uint16_t type, const std::string &text);
	void addNumber(uint16_t type, uint32_t value);
	size_t begin(uint16_t type); // a nested attribute; give the result to end()
	void end(size_t start);

	std::vector<uint8_t> bytes;

protected:
	void *body();
};

class TrafficControlRequest : public NetlinkRequest
{
public:
	TrafficControlRequest(uint16_t type, uint16_t flags, int interfaceIndex, uint32_t parent);
	struct tcmsg *message() { return static_cast<struct tcmsg *>(body()); }
};

class LinkRequest : public NetlinkRequest
{
public:
	LinkRequest() : NetlinkRequest(RTM_GETLINK, 0, sizeof(struct ifinfomsg)) {}
};

class NetlinkSocket
{
public:
	NetlinkSocket();
	// Sends a request and waits for its acknowledgement; messages before it (the object of a get request) go to `visit`. Returns 0 or a
	// positive errno; `message` gets the kernel's extended error message.
	int execute(NetlinkRequest &request, std::string *message = nullptr,
	            const std::function<void(const struct nlmsghdr *)> &visit = nullptr);
	// Sends a dump request and passes each answer to the visitor once the dump is complete. If the kernel says that its list changed
	// meanwhile, the dump is repeated; EAGAIN: the list changed during every dump, and the visitor got the answers of the last one.
	// Returns 0 or a positive errno.
	int dump(NetlinkRequest &request, const std::function<void(const struct nlmsghdr *)> &visit);

private:
	void send(NetlinkRequest &request);
	size_t receive(); // into `buffer`
	int collect(NetlinkRequest &request, std::vector<uint8_t> &messages, bool &interrupted);

	FileDescriptor socket;
	uint32_t sequence = 0;
	std::vector<uint8_t> buffer;
};

// The attributes of a message or of a nested attribute, one after the other.
void visitAttributes(const void *first, size_t bytes, const std::function<void(const struct rtattr *)> &visit);

// An attribute of a message or of a nested attribute; nullptr if absent.
const struct rtattr *findAttribute(const void *first, size_t bytes, uint16_t type);
std::string attributeText(const struct rtattr *attribute);
uint32_t attributeNumber(const struct rtattr *attribute);

} // namespace knp
