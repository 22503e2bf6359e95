// SPDX-License-Identifier: MIT
// The list of network interfaces as JavaScript sees it.
#pragma once

#include <napi.h>

namespace knp
{

// links of NativeModule.
void defineLinks(Napi::Env env, Napi::Object exports);

} // namespace knp
