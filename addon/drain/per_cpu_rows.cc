// SPDX-License-Identifier: MIT
// Reads per-CPU arrays by one batch call where the kernel supports it (Linux 5.13), else value by value.
#include "drain/per_cpu_rows.h"

#include "host/native_error.h"

#include <bpf/bpf.h>
#include <cerrno>

namespace knp
{

void add(struct traffic_counter &sum, const struct traffic_counter &addend)
{
	for (int direction = 0; direction < 2; direction++) {
		sum.packets[direction] += addend.packets[direction];
		sum.bytes[direction] += addend.bytes[direction];
	}
}

void PerCpuRows::sum(int mapFd, const char *name, uint32_t first, uint32_t count, uint32_t countersEach,
                     struct traffic_counter *into)
{
	const size_t valueBytes = countersEach * sizeof(struct traffic_counter);
	const size_t rowBytes = possibleCpus * valueBytes;
	values.resize(count * rowBytes);
	bool read = false;
	if (batchLookup && count > 1) {
		keys.resize(count);
		uint32_t before = first - 1;
		uint32_t next = 0;
		uint32_t found = count;
		int failed = bpf_map_lookup_batch(mapFd, first ? &before : nullptr, &next, keys.data(), values.data(), &found,
		                                  nullptr);
		read = (failed == 0 || failed == -ENOENT) && found == count;
		batchLookup = read;
	}
	for (uint32_t row = 0; !read && row < count; row++) {
		uint32_t key = first + row;
		int failed = bpf_map_lookup_elem(mapFd, &key, values.data() + row * rowBytes);
		if (failed)
			throw NativeError::fromErrno(std::string("read map ") + name, failed);
	}
	for (uint32_t row = 0; row < count; row++) {
		const auto *counters = reinterpret_cast<const struct traffic_counter *>(values.data() + row * rowBytes);
		struct traffic_counter *sums = into + size_t(row) * countersEach;
		for (uint32_t i = 0; i < countersEach; i++)
			sums[i] = counters[i];
		for (uint32_t cpu = 1; cpu < possibleCpus; cpu++) {
			for (uint32_t i = 0; i < countersEach; i++)
				add(sums[i], counters[size_t(cpu) * countersEach + i]);
		}
	}
}

} // namespace knp
