// SPDX-License-Identifier: MIT
// Programs attached to a cgroup (version 2) and all below it: sockets, packets and system calls of its processes.
#pragma once

#include "attach/attachment.h"

#include <memory>

namespace knp
{

// `path`: the cgroup's folder. Added to the programs already attached (BPF_F_ALLOW_MULTI semantics): all of them run. Throws NativeError.
std::unique_ptr<Attachment> attachCgroup(const LoadedProgram &program, const std::string &path);

} // namespace knp
