// SPDX-License-Identifier: MIT
// All hooks of an interface: attaching to one of them, and listing the programs on them.
#pragma once

#include "attach/attachment.h"
#include "attach/interface_hook.h"

#include <memory>
#include <vector>

namespace knp
{

// Throws NativeError, after undoing a partial attachment.
std::unique_ptr<Attachment> attachToInterface(const LoadedProgram &program, int interfaceIndex, Direction direction, Hook hook,
                                              Placement placement);

struct HookPrograms {
	Hook hook;
	std::vector<uint32_t> programIds; // in the order in which the kernel runs them
};

// What the kernel lists at the hooks of an interface: our programs and others'.
std::vector<HookPrograms> queryHooks(int interfaceIndex, Direction direction);

} // namespace knp
