// SPDX-License-Identifier: MIT
// Raising RLIMIT_MEMLOCK.
#include "host/memory_limit.h"

#include <sys/resource.h>

namespace knp
{

// Kernels before 5.11 charge maps to the memory lock limit, per user and over all processes.
void raiseMemoryLockLimit()
{
	struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	if (setrlimit(RLIMIT_MEMLOCK, &unlimited) == 0)
		return;
	// Without CAP_SYS_RESOURCE: up to the hard limit; if that is too low, creating maps fails.
	struct rlimit limit;
	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_MEMLOCK, &limit);
	}
}

} // namespace knp
