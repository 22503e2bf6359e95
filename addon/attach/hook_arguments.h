// SPDX-License-Identifier: MIT
// Hooks and directions as JavaScript names them.
#pragma once

#include "attach/interface_hook.h"

#include <napi.h>

namespace knp
{

constexpr uint32_t interfaceIndexMax = 0x7fffffff;

Hook hookArgument(const Napi::Value &value);
Direction directionArgument(const Napi::Value &value);

} // namespace knp
