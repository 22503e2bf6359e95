// SPDX-License-Identifier: MIT
// Each walk (BPF_ITER_CREATE on the link) has its own descriptor; reading it runs the program.
#include "attach/iterator.h"

#include "attach/link_attachment.h"
#include "host/native_error.h"

#include <bpf/bpf.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>

namespace knp
{

namespace
{

// The member `cgroup` of union bpf_iter_link_info, Linux 6.1: older headers lack it.
struct CgroupWalk {
	uint32_t order;
	uint32_t cgroupFd;
	uint64_t cgroupId;
};

constexpr uint32_t parentsFirst = 2; // BPF_CGROUP_ITER_DESCENDANTS_PRE

class IteratorAttachment : public LinkAttachment
{
public:
	using LinkAttachment::LinkAttachment;

	FileDescriptor openWalk() override
	{
		FileDescriptor walk(bpf_iter_create(link.get()));
		if (!walk.valid())
			throw NativeError::fromErrno("walk an iterator", errno);
		return walk;
	}
};

} // namespace

std::unique_ptr<Attachment> attachIterator(const LoadedProgram &program, const std::string &cgroup)
{
	const std::string operation = "attach " + program.section;
	FileDescriptor folder;
	CgroupWalk below = {};
	LIBBPF_OPTS(bpf_link_create_opts, options);
	if (!cgroup.empty()) {
		folder = FileDescriptor(open(cgroup.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		if (!folder.valid())
			throw NativeError::fromErrno(operation + " to cgroup " + cgroup, errno);
		below.order = parentsFirst;
		below.cgroupFd = static_cast<uint32_t>(folder.get());
		options.iter_info = reinterpret_cast<union bpf_iter_link_info *>(&below);
		options.iter_info_len = sizeof(below);
	}
	FileDescriptor link(bpf_link_create(program.fd, 0, BPF_TRACE_ITER, &options));
	if (!link.valid())
		throw NativeError::fromErrno(operation, errno);
	return std::make_unique<IteratorAttachment>(std::move(link));
}

} // namespace knp
