// SPDX-License-Identifier: MIT
// XDP, native (in the driver) and generic (in the stack), by BPF link.
#pragma once

#include "attach/attachment.h"
#include "attach/interface_hook.h"

#include <memory>

namespace knp
{

// `hook`: XdpNative or XdpGeneric. Throws NativeError.
std::unique_ptr<Attachment> attachXdp(const LoadedProgram &program, int interfaceIndex, Direction direction, Hook hook);

struct XdpPrograms {
	uint32_t native; // id, 0 where there is none
	uint32_t generic;
};

XdpPrograms queryXdp(int interfaceIndex);

} // namespace knp
