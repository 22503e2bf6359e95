// SPDX-License-Identifier: MIT
// libbpf reads the number from /sys, which isn't mounted everywhere: a look-up in a per-CPU array is tried first.
#include "host/possible_cpus.h"

#include "host/native_error.h"
#include "host/file_descriptor.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <vector>

namespace knp
{

namespace
{

// Twice what any architecture's kernel can be configured for (8,192 on x86).
constexpr size_t cpusMax = 16384;
constexpr uint64_t untouched = UINT64_MAX;

// A look-up in a new per-CPU array writes one zero for each possible CPU; 0 if it is refused.
uint32_t askKernel()
{
	FileDescriptor map(bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "knp_cpus", 4, 8, 1, nullptr));
	if (!map.valid())
		return 0;
	std::vector<uint64_t> values(cpusMax, untouched);
	const uint32_t key = 0;
	if (bpf_map_lookup_elem(map.get(), &key, values.data()))
		return 0;
	uint32_t cpus = 0;
	while (cpus < cpusMax && values[cpus] != untouched)
		cpus++;
	return cpus;
}

} // namespace

uint32_t possibleCpus()
{
	// Constant while a kernel runs: concurrent callers get the same value.
	static uint32_t known = 0;
	uint32_t cpus = __atomic_load_n(&known, __ATOMIC_RELAXED);
	if (cpus > 0)
		return cpus;
	cpus = askKernel();
	if (cpus == 0) {
		const int reported = libbpf_num_possible_cpus();
		if (reported <= 0)
			throw NativeError::fromErrno("count the processors", reported,
			                             "neither bpf(2) nor /sys tells their number");
		cpus = static_cast<uint32_t>(reported);
	}
	__atomic_store_n(&known, cpus, __ATOMIC_RELAXED);
	return cpus;
}

} // namespace knp
