// SPDX-License-Identifier: MIT
// Programs that run at a fixed frequency on every CPU, whatever it executes at that moment: for profilers.
#pragma once

#include "attach/attachment.h"

#include <cstdint>
#include <memory>

namespace knp
{

// `enabled` false: opened disabled; setEnabled(true) needs no capability. Throws NativeError.
std::unique_ptr<Attachment> attachPerfEvent(const LoadedProgram &program, uint32_t frequencyHertz, bool enabled);

} // namespace knp
