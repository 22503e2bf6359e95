// SPDX-License-Identifier: MIT
// Traffic control by BPF link (tcx, Linux 6.6).
#pragma once

#include "attach/attachment.h"
#include "attach/interface_hook.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace knp
{

// Throws NativeError.
std::unique_ptr<Attachment> attachTcx(const LoadedProgram &program, int interfaceIndex, Direction direction,
                                      Placement placement);

// Ids in the order in which the kernel runs them.
std::vector<uint32_t> queryTcx(int interfaceIndex, Direction direction);

} // namespace knp
