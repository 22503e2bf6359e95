// SPDX-License-Identifier: MIT
// Programs that belong to a place in the kernel which their section names: tp_btf, raw_tp, fentry, fexit, fmod_ret, lsm.
#pragma once

#include "attach/attachment.h"

#include <memory>

namespace knp
{

// Throws NativeError.
std::unique_ptr<Attachment> attachTracing(const LoadedProgram &program);

} // namespace knp
