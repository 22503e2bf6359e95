// SPDX-License-Identifier: MIT
// The number of possible CPUs: values of a per-CPU map for each key.
#pragma once

#include <cstdint>

namespace knp
{

// Throws NativeError if neither bpf(2) nor /sys gives the number.
uint32_t possibleCpus();

} // namespace knp
