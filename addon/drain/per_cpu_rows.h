// SPDX-License-Identifier: MIT
// Rows of a per-CPU array of traffic counters, summed over the CPUs.
#pragma once

#include <cstdint>
#include <vector>

#include "records.h"

namespace knp
{

class PerCpuRows
{
public:
	explicit PerCpuRows(uint32_t possibleCpus) : possibleCpus(possibleCpus) {}

	// Reads `count` values from index `first`, each of `countersEach` counters.
	void sum(int mapFd, const char *name, uint32_t first, uint32_t count, uint32_t countersEach,
	         struct traffic_counter *into);

private:
	const uint32_t possibleCpus;
	bool batchLookup = true;
	std::vector<uint8_t> values;
	std::vector<uint32_t> keys;
};

void add(struct traffic_counter &sum, const struct traffic_counter &addend);

} // namespace knp
