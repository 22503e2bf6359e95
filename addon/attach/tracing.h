// SPDX-License-Identifier: MIT
// Programs whose section names their attach target in the kernel: tp_btf, raw_tp, fentry, fexit, fmod_ret, lsm.
#pragma once

#include "attach/attachment.h"

#include <memory>

namespace knp
{

// Throws NativeError.
std::unique_ptr<Attachment> attachTracing(const LoadedProgram &program);

} // namespace knp
