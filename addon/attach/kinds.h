// SPDX-License-Identifier: MIT
// Every kind of attachment by its name in JavaScript.
#pragma once

#include "attach/attachment.h"

#include <memory>
#include <napi.h>

namespace knp
{

// `place`: NativePlace of contract.ts; its `kind` says which one. Throws NativeError.
std::unique_ptr<Attachment> attachByKind(const LoadedProgram &program, const Napi::Value &place);

} // namespace knp
