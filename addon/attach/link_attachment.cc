// SPDX-License-Identifier: MIT
// Replaces the program of a link by BPF_LINK_UPDATE.
#include "attach/link_attachment.h"

#include "host/native_error.h"

#include <bpf/bpf.h>

namespace knp
{

void LinkAttachment::replaceProgram(const LoadedProgram &program)
{
	int failed = bpf_link_update(link.get(), program.fd, nullptr);
	if (failed)
		throw NativeError::fromErrno("replace the program of a link", failed);
}

} // namespace knp
