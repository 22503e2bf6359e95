// SPDX-License-Identifier: MIT
// Programs of a cgroup (version 2) and all below it: sockets, packets and calls of its processes.
#pragma once

#include "attach/attachment.h"

#include <memory>

namespace knp
{

// `path`: the cgroup's folder. Beside what is there: each program is asked. Throws NativeError.
std::unique_ptr<Attachment> attachCgroup(const LoadedProgram &program, const std::string &path);

} // namespace knp
