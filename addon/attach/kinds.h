// SPDX-License-Identifier: MIT
// Attaches a program by the kind's name in JavaScript.
#pragma once

#include "attach/attachment.h"

#include <memory>
#include <napi.h>

namespace knp
{

// `place`: NativePlace of contract.ts; its `kind` selects the row. Throws NativeError.
std::unique_ptr<Attachment> attachByKind(const LoadedProgram &program, const Napi::Value &place);

} // namespace knp
