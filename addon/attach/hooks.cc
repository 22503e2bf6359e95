// SPDX-License-Identifier: MIT
// XDP and tcx by BPF links, which die with the process; clsact is in clsact.cc.
#include "attach/hooks.h"

#include "attach/clsact.h"
#include "host/descriptor_limit.h"
#include "host/native_error.h"
#include "host/file_descriptor.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <linux/if_link.h>
#include <net/if.h>

namespace knp
{

namespace
{

// linux-libc-dev 6.1 lacks the names of what Linux 6.6 brought.
constexpr auto tcxIngress = static_cast<enum bpf_attach_type>(46);
constexpr auto tcxEgress = static_cast<enum bpf_attach_type>(47);
constexpr uint32_t placeBefore = 1 << 3; // BPF_F_BEFORE, with nothing named: at the head

constexpr uint32_t queriedProgramsMax = 64; // the kernel's own limit for tcx (BPF_MPROG_MAX)

class LinkAttachment : public Attachment
{
public:
	explicit LinkAttachment(int fd) : link(fd) {}

	void replaceProgram(int programFd) override
	{
		int failed = bpf_link_update(link.get(), programFd, nullptr);
		if (failed)
			throw NativeError::fromErrno("replace the program of a link", failed);
	}

private:
	FileDescriptor link;
};

enum bpf_attach_type tcxType(Direction direction)
{
	return direction == Direction::Ingress ? tcxIngress : tcxEgress;
}

bool interfaceExists(int interfaceIndex)
{
	char name[IF_NAMESIZE];
	return if_indextoname(static_cast<unsigned>(interfaceIndex), name) != nullptr;
}

std::string operationOf(Hook hook, int interfaceIndex)
{
	return std::string("attach ") + hookName(hook) + " to interface " + std::to_string(interfaceIndex);
}

std::unique_ptr<Attachment> attachTcx(int programFd, int interfaceIndex, Direction direction, Placement placement)
{
	// First in both directions: a program that accepts a packet (Cilium's do) ends the chain, and who comes later sees nothing.
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = placement == Placement::Monitor ? placeBefore : 0);
	int fd = bpf_link_create(programFd, interfaceIndex, tcxType(direction), &options);
	if (fd >= 0)
		return std::make_unique<LinkAttachment>(fd);
	const std::string operation = operationOf(Hook::Tcx, interfaceIndex);
	if (!interfaceExists(interfaceIndex))
		throw NativeError::fromErrno(operation, ENODEV, "no interface has this index");
	if (fd == -EINVAL)
		throw NativeError::notSupported(operation, EINVAL, "tcx needs Linux 6.6; use clsact");
	throw NativeError::fromErrno(operation, fd);
}

std::unique_ptr<Attachment> attachXdp(int programFd, int interfaceIndex, Direction direction, Hook hook)
{
	const std::string operation = operationOf(hook, interfaceIndex);
	if (direction != Direction::Ingress)
		throw NativeError::invalid(operation, "XDP serves ingress only");
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = hook == Hook::XdpNative ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE);
	int fd = bpf_link_create(programFd, interfaceIndex, BPF_XDP, &options);
	if (fd >= 0)
		return std::make_unique<LinkAttachment>(fd);
	if (!interfaceExists(interfaceIndex))
		throw NativeError::fromErrno(operation, ENODEV, "no interface has this index");
	if (fd == -EOPNOTSUPP)
		throw NativeError::notSupported(operation, EOPNOTSUPP, "the driver has no native XDP");
	if (fd == -EBUSY || fd == -EEXIST)
		throw NativeError::fromErrno(operation, EBUSY, "another XDP program is attached");
	throw NativeError::fromErrno(operation, fd);
}

std::vector<uint32_t> queryTcx(int interfaceIndex, Direction direction)
{
	uint32_t ids[queriedProgramsMax];
	uint32_t count = queriedProgramsMax;
	int failed = bpf_prog_query(interfaceIndex, tcxType(direction), 0, nullptr, ids, &count);
	if (failed == -EINVAL && interfaceExists(interfaceIndex))
		return {}; // before Linux 6.6 nothing can be there
	if (failed)
		throw NativeError::fromErrno("query tcx of interface " + std::to_string(interfaceIndex), failed);
	return std::vector<uint32_t>(ids, ids + count);
}

} // namespace

std::unique_ptr<Attachment> attachProgram(int programFd, int interfaceIndex, Direction direction, Hook hook,
                                          Placement placement)
{
	requireFreeDescriptors(operationOf(hook, interfaceIndex));
	// Whatever this run uses: what a killed one has left mustn't go on costing time.
	removeDeadFilters(interfaceIndex);
	switch (hook) {
	case Hook::Tcx:
		return attachTcx(programFd, interfaceIndex, direction, placement);
	case Hook::Clsact:
		return attachClsact(programFd, interfaceIndex, direction, placement);
	default:
		return attachXdp(programFd, interfaceIndex, direction, hook);
	}
}

std::vector<HookPrograms> queryHooks(int interfaceIndex, Direction direction)
{
	LibbpfLog words;
	std::vector<HookPrograms> hooks;
	if (direction == Direction::Ingress) {
		LIBBPF_OPTS(bpf_xdp_query_opts, xdp);
		int failed = bpf_xdp_query(interfaceIndex, 0, &xdp);
		if (failed)
			throw NativeError::fromErrno("query XDP of interface " + std::to_string(interfaceIndex), failed,
			                             words.text());
		if (xdp.drv_prog_id)
			hooks.push_back({Hook::XdpNative, {xdp.drv_prog_id}});
		if (xdp.skb_prog_id)
			hooks.push_back({Hook::XdpGeneric, {xdp.skb_prog_id}});
	}
	std::vector<uint32_t> ids = queryTcx(interfaceIndex, direction);
	if (!ids.empty())
		hooks.push_back({Hook::Tcx, std::move(ids)});
	ids = queryClsact(interfaceIndex, direction);
	if (!ids.empty())
		hooks.push_back({Hook::Clsact, std::move(ids)});
	return hooks;
}

} // namespace knp
