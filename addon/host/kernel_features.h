// SPDX-License-Identifier: MIT
// What this kernel has, found by trying it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace knp
{

struct KernelFeature {
	std::string name;
	// 0: there. A positive errno: not there; EPERM and EACCES: the kernel would not say.
	int failure;
	const char *since; // the first Linux that has it
	bool needed;       // nothing works without
};

std::vector<KernelFeature> probeKernel();

// Our own flow table needs it (Linux 5.12). Where the kernel won't say, loading will.
bool lacksCompareAndSwap();

// A line for each needed feature that is missing; empty where all are there.
std::string missingKernelFeatures();

} // namespace knp
