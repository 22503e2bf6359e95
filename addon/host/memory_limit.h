// SPDX-License-Identifier: MIT
// The limit of locked memory, which older kernels charge maps to.
#pragma once

namespace knp
{

void raiseMemoryLockLimit();

} // namespace knp
