// SPDX-License-Identifier: MIT
// Each attaching and detaching at tcx waits for a grace period of RCU: 10 to 20 ms where the kernel takes its time, some 0.1 ms where it hurries.
#pragma once

#include <napi.h>

namespace knp
{

// Begins (or ends) a time of expedited grace periods, by /sys/kernel/rcu_expedited. False: not permitted, or no such switch; then all goes on as ever.
// What was set before comes back at the end, and when this process dies (kill -9 included).
bool expediteGracePeriods(bool on);

// expediteGracePeriods of NativeModule.
void defineGracePeriods(Napi::Env env, Napi::Object exports);

} // namespace knp
