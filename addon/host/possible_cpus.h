// SPDX-License-Identifier: MIT
// How many values a per-CPU map has for each key.
#pragma once

#include <cstdint>

namespace knp
{

// Throws NativeError where neither bpf(2) nor /sys tells.
uint32_t possibleCpus();

} // namespace knp
