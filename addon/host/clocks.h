// SPDX-License-Identifier: MIT
// The two clocks of a run: CLOCK_BOOTTIME, which never steps, and CLOCK_REALTIME for printed times.
#pragma once

#include <napi.h>

namespace knp
{

// boottimeMs and wallUs of NativeModule.
void defineClocks(Napi::Env env, Napi::Object exports);

} // namespace knp
