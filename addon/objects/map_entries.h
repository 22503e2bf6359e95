// SPDX-License-Identifier: MIT
// Copying a map's entries: in batches where the kernel has them, else one by one.
#pragma once

#include <cstdint>
#include <vector>

namespace knp
{

struct MapHandle;

struct MapEntries {
	std::vector<uint8_t> keys;
	std::vector<uint8_t> values;
	uint32_t count = 0;
	bool complete = true; // false: there are more than `limit`, or the map changed under the walk
};

// At most `limit` entries. A map that is written to meanwhile may show an entry twice or not at all, as bpf(2) says.
MapEntries copyEntries(const MapHandle &map, uint32_t limit);

} // namespace knp
