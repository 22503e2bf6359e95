// SPDX-License-Identifier: MIT
// Programs that walk over the kernel's own objects (tasks, sockets, maps …) when somebody reads.
#pragma once

#include "attach/attachment.h"

#include <memory>

namespace knp
{

// `cgroup`: for iter/cgroup the folder below which it walks; else empty. Throws NativeError.
std::unique_ptr<Attachment> attachIterator(const LoadedProgram &program, const std::string &cgroup);

} // namespace knp
