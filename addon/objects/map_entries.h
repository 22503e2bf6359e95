// SPDX-License-Identifier: MIT
// Copies a map's entries: by batch operations where the kernel has them, else one by one.
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
	bool complete = true; // false: more than `limit` entries, or the map changed during the walk
};

// At most `limit` entries. With concurrent writes an entry may appear twice or not at all, as bpf(2) says.
MapEntries copyEntries(const MapHandle &map, uint32_t limit);

} // namespace knp
