// SPDX-License-Identifier: MIT
// Reads type and attach type of a loaded program.
#include "attach/loaded_program.h"

#include "host/native_error.h"

#include <bpf/bpf.h>

namespace knp
{

uint32_t programIdOf(const LoadedProgram &program)
{
	struct bpf_prog_info info = {};
	uint32_t length = sizeof(info);
	int failed = bpf_obj_get_info_by_fd(program.fd, &info, &length);
	if (failed)
		throw NativeError::fromErrno("ask a program's id", failed);
	return info.id;
}

} // namespace knp
