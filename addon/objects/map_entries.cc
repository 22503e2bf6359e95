// SPDX-License-Identifier: MIT
// Walks over a map's keys.
#include "objects/map_entries.h"

#include "host/native_error.h"
#include "objects/object_map.h"

#include <algorithm>
#include <bpf/bpf.h>
#include <cerrno>

namespace knp
{

namespace
{

// Entries per call: if a hash bucket doesn't fit, the kernel returns ENOSPC, and the number is doubled.
constexpr uint32_t batchEntries = 256;
constexpr uint32_t batchEntriesMax = 1 << 16;

// False if the kernel has no batch operations for this map type.
bool copyInBatches(const MapHandle &map, uint32_t limit, MapEntries &into)
{
	const MapShape &shape = map.shape;
	// The kernel's cursor: a bucket number, or for some kinds a whole key.
	std::vector<uint8_t> cursor(std::max<size_t>(shape.keyBytes, 8));
	uint32_t room = batchEntries;
	bool begun = false;
	while (into.count < limit) {
		into.keys.resize(size_t(into.count + room) * shape.keyBytes);
		into.values.resize(size_t(into.count + room) * shape.rowBytes);
		uint32_t count = room;
		LIBBPF_OPTS(bpf_map_batch_opts, options);
		int failed = bpf_map_lookup_batch(map.fd.get(), begun ? cursor.data() : nullptr, cursor.data(),
		                                  into.keys.data() + size_t(into.count) * shape.keyBytes,
		                                  into.values.data() + size_t(into.count) * shape.rowBytes, &count, &options);
		if (failed == -ENOSPC && room < batchEntriesMax) {
			room *= 2;
			continue;
		}
		if (failed && failed != -ENOENT) {
			if (!begun)
				return false;
			throw NativeError::fromErrno("read map " + map.name, failed);
		}
		begun = true;
		into.count += std::min(count, room);
		if (failed == -ENOENT)
			return true;
	}
	into.complete = false;
	return true;
}

void copyOneByOne(const MapHandle &map, uint32_t limit, MapEntries &into)
{
	const MapShape &shape = map.shape;
	std::vector<uint8_t> key(shape.keyBytes), next(shape.keyBytes), row(shape.rowBytes);
	bool begun = false;
	// Deleting the current key restarts the walk: steps are limited to twice the number of entries.
	for (uint64_t steps = 0; bpf_map_get_next_key(map.fd.get(), begun ? key.data() : nullptr, next.data()) == 0; steps++) {
		if (into.count >= limit || steps > 2 * uint64_t(shape.maxEntries)) {
			into.complete = false;
			return;
		}
		begun = true;
		key = next;
		int failed = bpf_map_lookup_elem(map.fd.get(), key.data(), row.data());
		if (failed == -ENOENT)
			continue;
		if (failed)
			throw NativeError::fromErrno("read map " + map.name, failed);
		into.keys.insert(into.keys.end(), key.begin(), key.end());
		into.values.insert(into.values.end(), row.begin(), row.end());
		into.count++;
	}
}

} // namespace

MapEntries copyEntries(const MapHandle &map, uint32_t limit)
{
	MapEntries entries;
	if (!copyInBatches(map, limit, entries)) {
		entries = {};
		copyOneByOne(map, limit, entries);
	}
	if (entries.count > limit) {
		entries.count = limit;
		entries.complete = false;
	}
	entries.keys.resize(size_t(entries.count) * map.shape.keyBytes);
	entries.values.resize(size_t(entries.count) * map.shape.rowBytes);
	return entries;
}

} // namespace knp
