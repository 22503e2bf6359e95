// SPDX-License-Identifier: MIT
// cls_bpf filters for kernels before 6.6, which have no BPF links for traffic control: recognised by name, their owner by a lock.
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

// Removes filters that a killed run of this program left on the interface; those with a live owner stay. Returns how many were removed.
int removeDeadFilters(int interfaceIndex);

} // namespace knp
