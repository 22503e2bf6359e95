// SPDX-License-Identifier: MIT
// An interface has one XDP program per mode: an existing one is never replaced.
#include "attach/xdp.h"

#include "attach/link_attachment.h"
#include "host/native_error.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <linux/if_link.h>

namespace knp
{

std::unique_ptr<Attachment> attachXdp(const LoadedProgram &program, int interfaceIndex, Direction direction, Hook hook)
{
	const std::string operation = attachOperation(hook, interfaceIndex);
	if (direction != Direction::Ingress)
		throw NativeError::invalid(operation, "XDP serves ingress only");
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = hook == Hook::XdpNative ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE);
	int fd = bpf_link_create(program.fd, interfaceIndex, BPF_XDP, &options);
	if (fd >= 0)
		return std::make_unique<LinkAttachment>(FileDescriptor(fd));
	if (!interfaceExists(interfaceIndex))
		throw NativeError::fromErrno(operation, ENODEV, "no interface has this index");
	if (fd == -EOPNOTSUPP)
		throw NativeError::notSupported(operation, EOPNOTSUPP, "the driver has no native XDP");
	if (fd == -EBUSY || fd == -EEXIST)
		throw NativeError::fromErrno(operation, EBUSY, "another XDP program is attached");
	throw NativeError::fromErrno(operation, fd);
}

XdpPrograms queryXdp(int interfaceIndex)
{
	LibbpfLog log;
	LIBBPF_OPTS(bpf_xdp_query_opts, xdp);
	int failed = bpf_xdp_query(interfaceIndex, 0, &xdp);
	if (failed)
		throw NativeError::fromErrno("query XDP of interface " + std::to_string(interfaceIndex), failed, log.text());
	return {xdp.drv_prog_id, xdp.skb_prog_id};
}

} // namespace knp
