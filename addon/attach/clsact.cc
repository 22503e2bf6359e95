// SPDX-License-Identifier: MIT
// A filter outlives its process. So each filter carries our name, and an abstract socket, which the kernel closes with its owner
// and which belongs to the same network namespace as the interface, shows whether a live process still uses it.
#include "attach/clsact.h"

#include "host/native_error.h"
#include "network/netlink.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace knp
{

namespace
{

constexpr const char *filterName = "kubenetprobe-top";
// Marks a qdisc that a run of this program made: the last run to leave removes it, unless it has other filters.
constexpr const char *filterNameOwnQdisc = "kubenetprobe-top+qdisc";

constexpr uint32_t lastPriority = 0xffffu << 16;

struct Filter {
	Direction direction;
	uint32_t info; // priority and protocol, as in tcm_info
	uint32_t handle;
	uint32_t programId;
	std::string name;

	bool ours() const { return name == filterName || name == filterNameOwnQdisc; }
	bool marksOwnQdisc() const { return name == filterNameOwnQdisc; }
};

uint32_t parentOf(Direction direction)
{
	return TC_H_MAKE(TC_H_CLSACT, direction == Direction::Ingress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
}

std::string describe(const char *verb, int interfaceIndex)
{
	return std::string(verb) + " clsact filter of interface " + std::to_string(interfaceIndex);
}

// Kind of the qdisc at ffff:, empty if there is none. Queried by its parent: a dump would list the qdiscs of every interface.
std::string ingressQdiscKind(NetlinkSocket &socket, int interfaceIndex)
{
	std::string kind;
	// Without NLM_F_ECHO only the listeners of RTNLGRP_TC get the answer.
	TrafficControlRequest request(RTM_GETQDISC, NLM_F_ECHO, interfaceIndex, TC_H_CLSACT);
	int failed = socket.execute(request, nullptr, [&](const struct nlmsghdr *header) {
		const auto *message = static_cast<const struct tcmsg *>(NLMSG_DATA(header));
		const auto *attribute = findAttribute(TCA_RTA(message), TCA_PAYLOAD(header), TCA_KIND);
		if (header->nlmsg_type == RTM_NEWQDISC && attribute)
			kind = attributeText(attribute);
	});
	// ENOENT: there never was a qdisc; EINVAL (newer kernels: only an acknowledgement): there was one, since removed.
	if (failed && failed != ENOENT && failed != EINVAL)
		throw NativeError::fromErrno("ask for the qdisc of interface " + std::to_string(interfaceIndex), failed);
	return kind;
}

std::vector<Filter> listFilters(NetlinkSocket &socket, int interfaceIndex, Direction direction)
{
	std::vector<Filter> filters;
	TrafficControlRequest request(RTM_GETTFILTER, 0, interfaceIndex, parentOf(direction));
	int failed = socket.dump(request, [&](const struct nlmsghdr *header) {
		const auto *message = static_cast<const struct tcmsg *>(NLMSG_DATA(header));
		if (header->nlmsg_type != RTM_NEWTFILTER || message->tcm_handle == 0)
			return;
		const auto *kind = findAttribute(TCA_RTA(message), TCA_PAYLOAD(header), TCA_KIND);
		const auto *options = findAttribute(TCA_RTA(message), TCA_PAYLOAD(header), TCA_OPTIONS);
		if (!kind || !options || attributeText(kind) != "bpf")
			return;
		const auto *id = findAttribute(RTA_DATA(options), RTA_PAYLOAD(options), TCA_BPF_ID);
		const auto *name = findAttribute(RTA_DATA(options), RTA_PAYLOAD(options), TCA_BPF_NAME);
		filters.push_back({direction, message->tcm_info, message->tcm_handle, id ? attributeNumber(id) : 0,
		                   name ? attributeText(name) : ""});
	});
	// EINVAL: no qdisc, so no filters.
	if (failed && failed != EINVAL)
		throw NativeError::fromErrno(describe("list", interfaceIndex), failed);
	return filters;
}

/*
 * Ahead of all others: a filter that accepts a packet (Cilium's does) ends the chain, and later filters don't run. The kernel's
 * own choice (0) comes after every explicit priority. At priority 1 we share the priority with other BPF filters
 * for all protocols: the newest of them runs first. If anything else is at 1, only the kernel's choice is left.
 */
uint32_t firstPriority(NetlinkSocket &socket, int interfaceIndex, Direction direction)
{
	uint32_t lowest = 0;
	bool shareable = false;
	TrafficControlRequest request(RTM_GETTFILTER, 0, interfaceIndex, parentOf(direction));
	int failed = socket.dump(request, [&](const struct nlmsghdr *header) {
		const auto *message = static_cast<const struct tcmsg *>(NLMSG_DATA(header));
		const uint32_t priority = TC_H_MAJ(message->tcm_info);
		if (header->nlmsg_type != RTM_NEWTFILTER || priority == 0 || (lowest && priority >= lowest))
			return;
		const auto *kind = findAttribute(TCA_RTA(message), TCA_PAYLOAD(header), TCA_KIND);
		lowest = priority;
		shareable = kind && attributeText(kind) == "bpf" && TC_H_MIN(message->tcm_info) == htons(ETH_P_ALL);
	});
	if (failed && failed != EINVAL)
		throw NativeError::fromErrno(describe("list", interfaceIndex), failed);
	const uint32_t firstPriority = 1 << 16;
	if (lowest > firstPriority)
		return lowest - firstPriority;
	return lowest == firstPriority && shareable ? firstPriority : 0;
}

// No other tool starts its handles here: tc and Cilium use 1, and would replace the filter that has it.
uint32_t handleOf(uint32_t programId)
{
	return 0x6b6e0000 | (programId & 0xffff);
}

std::vector<Filter> listBothDirections(NetlinkSocket &socket, int interfaceIndex)
{
	const std::string kind = ingressQdiscKind(socket, interfaceIndex);
	std::vector<Filter> all;
	if (!kind.empty())
		all = listFilters(socket, interfaceIndex, Direction::Ingress);
	if (kind == "clsact") {
		std::vector<Filter> egress = listFilters(socket, interfaceIndex, Direction::Egress);
		all.insert(all.end(), egress.begin(), egress.end());
	}
	return all;
}

// Invalid if another process holds it.
FileDescriptor tryLock(int interfaceIndex, Direction direction, uint32_t programId)
{
	const std::string name = std::string("kubenetprobe-top/clsact/") + std::to_string(interfaceIndex) +
	                         (direction == Direction::Ingress ? "/ingress/" : "/egress/") + std::to_string(programId);
	FileDescriptor lock(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (!lock.valid())
		throw NativeError::fromErrno(describe("lock", interfaceIndex), errno);
	struct sockaddr_un address = {};
	address.sun_family = AF_UNIX;
	memcpy(address.sun_path + 1, name.data(), name.size());
	auto length = static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + 1 + name.size());
	if (bind(lock.get(), reinterpret_cast<struct sockaddr *>(&address), length) == 0)
		return lock;
	if (errno != EADDRINUSE)
		throw NativeError::fromErrno(describe("lock", interfaceIndex), errno);
	return FileDescriptor();
}

// For a new filter, or (with its handle) an existing one: then only its program changes.
int writeFilter(NetlinkSocket &socket, int interfaceIndex, const Filter &filter, int programFd, uint16_t flags,
                std::string *words)
{
	TrafficControlRequest request(RTM_NEWTFILTER, flags, interfaceIndex, parentOf(filter.direction));
	request.message()->tcm_info = filter.info;
	request.message()->tcm_handle = filter.handle;
	request.addText(TCA_KIND, "bpf");
	size_t options = request.begin(TCA_OPTIONS);
	request.addNumber(TCA_BPF_FD, static_cast<uint32_t>(programFd));
	request.addText(TCA_BPF_NAME, filter.name);
	request.addNumber(TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	request.end(options);
	return socket.execute(request, words);
}

bool isListed(NetlinkSocket &socket, int interfaceIndex, const Filter &filter)
{
	for (const Filter &other : listFilters(socket, interfaceIndex, filter.direction)) {
		if (other.programId == filter.programId && other.info == filter.info && other.handle == filter.handle)
			return true;
	}
	return false;
}

int removeFilter(NetlinkSocket &socket, int interfaceIndex, const Filter &filter)
{
	TrafficControlRequest request(RTM_DELTFILTER, 0, interfaceIndex, parentOf(filter.direction));
	request.message()->tcm_info = filter.info;
	request.message()->tcm_handle = filter.handle;
	request.addText(TCA_KIND, "bpf");
	return socket.execute(request);
}

void removeQdiscIfEmpty(NetlinkSocket &socket, int interfaceIndex)
{
	if (ingressQdiscKind(socket, interfaceIndex) != "clsact")
		return;
	// Filters of every kind keep the qdisc, not only BPF's.
	bool empty = true;
	for (Direction direction : {Direction::Ingress, Direction::Egress}) {
		TrafficControlRequest list(RTM_GETTFILTER, 0, interfaceIndex, parentOf(direction));
		int failed = socket.dump(list, [&](const struct nlmsghdr *) { empty = false; });
		if (failed)
			return; // unknown whether it is in use: keep it
	}
	if (!empty)
		return;
	TrafficControlRequest request(RTM_DELQDISC, 0, interfaceIndex, TC_H_CLSACT);
	request.message()->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	request.addText(TCA_KIND, "clsact");
	socket.execute(request);
}

class ClsactAttachment : public Attachment
{
public:
	ClsactAttachment(int interfaceIndex, Filter filter, FileDescriptor lock)
		: interfaceIndex(interfaceIndex), filter(std::move(filter)), lock(std::move(lock))
	{
	}
	~ClsactAttachment() override
	{
		try {
			NetlinkSocket socket;
			removeFilter(socket, interfaceIndex, filter);
			if (filter.marksOwnQdisc())
				removeQdiscIfEmpty(socket, interfaceIndex);
		} catch (const NativeError &) {
			// No descriptor left for the lock's socket: the filter stays, and the next start finds its lock free.
		}
	}

	void replaceProgram(const LoadedProgram &program) override
	{
		const std::string operation = describe("replace the program of the", interfaceIndex);
		const uint32_t programId = programIdOf(program);
		FileDescriptor nextLock = tryLock(interfaceIndex, filter.direction, programId);
		if (!nextLock.valid())
			throw NativeError::fromErrno(operation, EEXIST, "this program is attached there already");
		NetlinkSocket socket;
		std::string words;
		int failed = writeFilter(socket, interfaceIndex, filter, program.fd, 0, &words);
		if (failed)
			throw NativeError::fromErrno(operation, failed, words);
		filter.programId = programId;
		lock = std::move(nextLock);
	}

private:
	int interfaceIndex;
	Filter filter;
	FileDescriptor lock;
};

bool makeQdisc(NetlinkSocket &socket, int interfaceIndex)
{
	TrafficControlRequest request(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, interfaceIndex, TC_H_CLSACT);
	request.message()->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	request.addText(TCA_KIND, "clsact");
	std::string words;
	int failed = socket.execute(request, &words);
	if (failed && failed != EEXIST)
		throw NativeError::fromErrno("make a clsact qdisc on interface " + std::to_string(interfaceIndex), failed,
		                             words);
	return failed == 0;
}

} // namespace

int removeDeadFilters(int interfaceIndex)
{
	NetlinkSocket socket;
	int removed = 0;
	bool ownQdisc = false;
	for (const Filter &filter : listBothDirections(socket, interfaceIndex)) {
		if (!filter.ours())
			continue;
		// Held until the filter is removed. Another start may have come first, and its own filter may have this handle now.
		FileDescriptor lock = tryLock(interfaceIndex, filter.direction, filter.programId);
		if (!lock.valid() || !isListed(socket, interfaceIndex, filter))
			continue;
		int failed = removeFilter(socket, interfaceIndex, filter);
		if (failed && failed != ENOENT)
			throw NativeError::fromErrno(describe("remove a dead run's", interfaceIndex), failed);
		removed++;
		ownQdisc |= filter.marksOwnQdisc();
	}
	if (ownQdisc)
		removeQdiscIfEmpty(socket, interfaceIndex);
	return removed;
}

std::unique_ptr<Attachment> attachClsact(const LoadedProgram &program, int interfaceIndex, Direction direction,
                                         Placement placement)
{
	NetlinkSocket socket;
	const std::string operation = describe("attach", interfaceIndex);
	bool ownQdisc = makeQdisc(socket, interfaceIndex);
	if (direction == Direction::Egress && ingressQdiscKind(socket, interfaceIndex) != "clsact")
		throw NativeError::fromErrno(operation, EBUSY, "an ingress qdisc is there, which has no egress side");
	for (const Filter &other : listBothDirections(socket, interfaceIndex))
		ownQdisc |= other.marksOwnQdisc();

	const uint32_t programId = programIdOf(program);
	FileDescriptor lock = tryLock(interfaceIndex, direction, programId);
	if (!lock.valid())
		throw NativeError::fromErrno(operation, EEXIST, "this program is attached there already");

	const uint32_t priority =
		placement == Placement::Monitor ? firstPriority(socket, interfaceIndex, direction) : lastPriority;
	const Filter wanted = {direction, TC_H_MAKE(priority, htons(ETH_P_ALL)), handleOf(programId), programId,
	                       ownQdisc ? filterNameOwnQdisc : filterName};
	std::string words;
	int failed = writeFilter(socket, interfaceIndex, wanted, program.fd, NLM_F_CREATE | NLM_F_EXCL, &words);
	if (failed) {
		if (ownQdisc)
			removeQdiscIfEmpty(socket, interfaceIndex);
		throw NativeError::fromErrno(operation, failed, words);
	}
	for (Filter &filter : listFilters(socket, interfaceIndex, direction)) {
		if (filter.programId == programId && filter.ours())
			return std::make_unique<ClsactAttachment>(interfaceIndex, std::move(filter), std::move(lock));
	}
	throw NativeError::fromErrno(operation, ENOENT, "the kernel took the filter but does not list it");
}

std::vector<uint32_t> queryClsact(int interfaceIndex, Direction direction)
{
	NetlinkSocket socket;
	std::vector<uint32_t> ids;
	const std::string kind = ingressQdiscKind(socket, interfaceIndex);
	if (kind.empty() || (direction == Direction::Egress && kind != "clsact"))
		return ids;
	for (const Filter &filter : listFilters(socket, interfaceIndex, direction))
		ids.push_back(filter.programId);
	return ids;
}

} // namespace knp
