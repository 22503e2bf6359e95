// SPDX-License-Identifier: MIT
// The limit of locked memory, which older kernels count maps against.
#pragma once

namespace knp
{

void raiseMemoryLockLimit();

} // namespace knp
