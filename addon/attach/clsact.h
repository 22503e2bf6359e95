// SPDX-License-Identifier: MIT
// cls_bpf filters for kernels before 6.6, which have no links at traffic control: named, and owned by a lock.
#pragma once

#include "attach/attachment.h"
#include "attach/interface_hook.h"

#include <memory>
#include <vector>

namespace knp
{

std::unique_ptr<Attachment> attachClsact(const LoadedProgram &program, int interfaceIndex, Direction direction,
                                         Placement placement);
std::vector<uint32_t> queryClsact(int interfaceIndex, Direction direction);

// Takes away what a killed run of ours has left on this interface; filters with a living owner stay. Returns how many went.
int removeDeadFilters(int interfaceIndex);

} // namespace knp
