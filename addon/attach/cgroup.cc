// SPDX-License-Identifier: MIT
// Attaches by BPF link (Linux 5.7), which ends with its descriptor or with the cgroup.
#include "attach/cgroup.h"

#include "attach/link_attachment.h"
#include "host/native_error.h"

#include <bpf/bpf.h>
#include <cerrno>
#include <fcntl.h>

namespace knp
{

std::unique_ptr<Attachment> attachCgroup(const LoadedProgram &program, const std::string &path)
{
	const std::string operation = "attach " + program.section + " to cgroup " + path;
	FileDescriptor cgroup(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!cgroup.valid())
		throw NativeError::fromErrno(operation, errno);
	FileDescriptor link(bpf_link_create(program.fd, cgroup.get(), program.attachType, nullptr));
	if (link.valid())
		return std::make_unique<LinkAttachment>(std::move(link));
	if (errno == EBADF)
		throw NativeError::fromErrno(operation, EBADF, "this is no folder of a cgroup version 2 hierarchy");
	throw NativeError::fromErrno(operation, errno);
}

} // namespace knp
