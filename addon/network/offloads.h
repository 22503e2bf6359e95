// SPDX-License-Identifier: MIT
// Which offloads of an interface are on: what the NIC or the kernel merges, splits or strips before we see it.
#pragma once

#include <napi.h>

namespace knp
{

// offloads of NativeModule.
void defineOffloads(Napi::Env env, Napi::Object exports);

} // namespace knp
