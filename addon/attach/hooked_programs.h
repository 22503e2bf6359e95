// SPDX-License-Identifier: MIT
// The programs attached to the hooks of an interface, by name: for the doctor, which attaches nothing itself.
#pragma once

#include <napi.h>

namespace knp
{

// hookedPrograms of NativeModule.
void defineHookedPrograms(Napi::Env env, Napi::Object exports);

} // namespace knp
