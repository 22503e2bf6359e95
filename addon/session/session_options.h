// SPDX-License-Identifier: MIT
// NativeSessionOptions of contract.ts.
#pragma once

#include "objects/monitor_object.h"

#include <napi.h>

namespace knp
{

constexpr uint32_t featuresMax = 0xffffffff;

// Of an object that JavaScript gives only the address is taken: it must be loaded before JavaScript goes on. Throws NativeError.
ObjectOptions sessionOptions(const Napi::Value &value);

} // namespace knp
