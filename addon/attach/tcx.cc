// SPDX-License-Identifier: MIT
// Attaches at tcx. Each attach and detach waits for an RCU grace period (tcx_entry_sync), some 10 ms: see host/grace_periods.h.
#include "attach/tcx.h"

#include "attach/link_attachment.h"
#include "host/native_error.h"

#include <bpf/bpf.h>
#include <cerrno>

namespace knp
{

namespace
{

// linux-libc-dev 6.1 lacks the constants of Linux 6.6.
constexpr auto tcxIngress = static_cast<enum bpf_attach_type>(46);
constexpr auto tcxEgress = static_cast<enum bpf_attach_type>(47);
constexpr uint32_t placeBefore = 1 << 3; // BPF_F_BEFORE without a relative program: at the head

constexpr uint32_t queriedProgramsMax = 64; // the kernel's own limit (BPF_MPROG_MAX)

enum bpf_attach_type tcxType(Direction direction)
{
	return direction == Direction::Ingress ? tcxIngress : tcxEgress;
}

} // namespace

std::unique_ptr<Attachment> attachTcx(const LoadedProgram &program, int interfaceIndex, Direction direction,
                                      Placement placement)
{
	// First in both directions: a program that accepts a packet (Cilium's do) ends the chain, and later programs don't run.
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = placement == Placement::Monitor ? placeBefore : 0);
	int fd = bpf_link_create(program.fd, interfaceIndex, tcxType(direction), &options);
	if (fd >= 0)
		return std::make_unique<LinkAttachment>(FileDescriptor(fd));
	const std::string operation = attachOperation(Hook::Tcx, interfaceIndex);
	if (!interfaceExists(interfaceIndex))
		throw NativeError::fromErrno(operation, ENODEV, "no interface has this index");
	if (fd == -EINVAL)
		throw NativeError::notSupported(operation, EINVAL, "tcx needs Linux 6.6; use clsact");
	throw NativeError::fromErrno(operation, fd);
}

std::vector<uint32_t> queryTcx(int interfaceIndex, Direction direction)
{
	uint32_t ids[queriedProgramsMax];
	uint32_t count = queriedProgramsMax;
	int failed = bpf_prog_query(interfaceIndex, tcxType(direction), 0, nullptr, ids, &count);
	if (failed == -EINVAL && interfaceExists(interfaceIndex))
		return {}; // no tcx before Linux 6.6
	if (failed)
		throw NativeError::fromErrno("query tcx of interface " + std::to_string(interfaceIndex), failed);
	return std::vector<uint32_t>(ids, ids + count);
}

} // namespace knp
