// SPDX-License-Identifier: MIT
// Loads the next version of an object off JavaScript's thread.
#pragma once

#include "javascript/async_task.h"

#include <functional>
#include <napi.h>

namespace knp
{

// `load` runs on another thread and may throw NativeError; `done` follows on JavaScript's thread, after success.
Napi::Value startPreparation(Napi::Env env, std::function<void()> load, std::function<void()> done);

} // namespace knp
