// SPDX-License-Identifier: MIT
// Loading the next version of an object off JavaScript's thread: its arguments, and its promise.
#pragma once

#include "javascript/async_task.h"

#include <cstdint>
#include <functional>
#include <napi.h>
#include <string>
#include <vector>

namespace knp
{

struct NextVersion {
	std::vector<uint8_t> object;
	std::vector<std::string> kept; // maps that it takes over from the current version
};

std::vector<uint8_t> objectArgument(const Napi::Value &value);
NextVersion nextVersionArguments(const Napi::CallbackInfo &info);

// `load` runs on another thread and may throw NativeError; `done` follows on JavaScript's, after a good end.
Napi::Value startPreparation(Napi::Env env, std::function<void()> load, std::function<void()> done);

} // namespace knp
