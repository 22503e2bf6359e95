// SPDX-License-Identifier: MIT
// Drops pages of the program's files that only its start needed: code of the compiler's first runs, the snapshot, the verifier's helpers.
#pragma once

#include <cstddef>
#include <napi.h>

namespace knp
{

// Unmaps them from this process and returns how many bytes were resident; 0 without /proc. Pages needed again come back from the
// page cache.
size_t dropStartupPages();

// dropStartupPages of NativeModule.
void defineStartupPages(Napi::Env env, Napi::Object exports);

} // namespace knp
