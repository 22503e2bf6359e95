// SPDX-License-Identifier: MIT
// Reads an iterator to its end off JavaScript's thread: a walk over all tasks of a large host takes tens of milliseconds.
#pragma once

#include "host/file_descriptor.h"

#include <cstddef>
#include <napi.h>

namespace knp
{

// Resolves with {output: ArrayBuffer, complete: boolean}: the program's output, up to `bytesMax`; beyond that the walk still runs to its end.
Napi::Value startWalk(Napi::Env env, FileDescriptor walk, size_t bytesMax);

} // namespace knp
