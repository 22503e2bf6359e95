// SPDX-License-Identifier: MIT
// Features of the running kernel, found by probing.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace knp
{

struct KernelFeature {
	std::string name;
	// 0: supported. A positive errno: not supported; EPERM and EACCES: unknown, the probe wasn't permitted.
	int failure;
	const char *since; // first Linux version that has it
	bool needed;       // the program can't run without it
};

std::vector<KernelFeature> probeKernel();

// The flow table needs it (Linux 5.12). If the probe isn't permitted, loading decides.
bool lacksCompareAndSwap();

// A line for each needed feature that is missing; empty if none is.
std::string missingKernelFeatures();

} // namespace knp
