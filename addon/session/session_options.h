// SPDX-License-Identifier: MIT
// NativeSessionOptions of contract.ts.
#pragma once

#include "objects/monitor_object.h"

#include <napi.h>

namespace knp
{

constexpr uint32_t featuresMax = 0xffffffff;

// For an object from JavaScript only the address is kept: it must be loaded before JavaScript runs again. Throws NativeError.
ObjectOptions sessionOptions(const Napi::Value &value);

} // namespace knp
