// SPDX-License-Identifier: MIT
// Expedited RCU grace periods: each attach and detach at tcx waits for one, 10 to 20 ms normally, some 0.1 ms expedited.
#pragma once

#include <napi.h>

namespace knp
{

// Switches expedited grace periods on or off by /sys/kernel/rcu_expedited. False: not permitted, or no such switch; then attaching is only slower.
// The previous value is restored at the end, and when this process dies (kill -9 included).
bool expediteGracePeriods(bool on);

// expediteGracePeriods of NativeModule.
void defineGracePeriods(Napi::Env env, Napi::Object exports);

} // namespace knp
