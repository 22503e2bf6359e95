// SPDX-License-Identifier: MIT
// Programs that run so many times a second on every CPU, whatever it does at that moment: what profilers are made of.
#pragma once

#include "attach/attachment.h"

#include <cstdint>
#include <memory>

namespace knp
{

// `enabled` false: open, and silent until setEnabled(true), which needs no right. Throws NativeError.
std::unique_ptr<Attachment> attachPerfEvent(const LoadedProgram &program, uint32_t frequencyHertz, bool enabled);

} // namespace knp
