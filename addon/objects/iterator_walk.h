// SPDX-License-Identifier: MIT
// Reading an iterator to its end, off JavaScript's thread: a walk over all tasks of a large host takes tens of milliseconds.
#pragma once

#include "host/file_descriptor.h"

#include <cstddef>
#include <napi.h>

namespace knp
{

// The promise is {output: ArrayBuffer, complete: boolean}: what the program wrote, up to `bytesMax`; the walk goes on to its end all the same.
Napi::Value startWalk(Napi::Env env, FileDescriptor walk, size_t bytesMax);

} // namespace knp
