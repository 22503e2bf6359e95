// SPDX-License-Identifier: MIT
// What every kind of attachment needs.
#include "attach/attachment.h"

#include "host/native_error.h"

#include <bpf/bpf.h>

namespace knp
{

const char *hookName(Hook hook)
{
	switch (hook) {
	case Hook::XdpNative:
		return "xdp-native";
	case Hook::XdpGeneric:
		return "xdp-generic";
	case Hook::Tcx:
		return "tcx";
	case Hook::Clsact:
		return "clsact";
	}
	return "";
}

uint32_t programIdOf(int programFd)
{
	struct bpf_prog_info info = {};
	uint32_t length = sizeof(info);
	int failed = bpf_obj_get_info_by_fd(programFd, &info, &length);
	if (failed)
		throw NativeError::fromErrno("ask a program's id", failed);
	return info.id;
}

} // namespace knp
