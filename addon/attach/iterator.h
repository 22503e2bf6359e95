// SPDX-License-Identifier: MIT
// BPF iterators: programs that walk over kernel objects (tasks, sockets, maps …) when their descriptor is read.
#pragma once

#include "attach/attachment.h"

#include <memory>

namespace knp
{

// `cgroup`: for iter/cgroup the root folder of the walk; else empty. Throws NativeError.
std::unique_ptr<Attachment> attachIterator(const LoadedProgram &program, const std::string &cgroup);

} // namespace knp
