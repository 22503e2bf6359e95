// SPDX-License-Identifier: MIT
// Reads the flow table through mmap; the hash maps of kernels before 5.12 in batches by bpf(2).
#include "drain/flow_reader.h"

#include "host/native_error.h"

#include <algorithm>
#include <bpf/bpf.h>
#include <cerrno>
#include <cstring>

namespace knp
{

namespace
{

static_assert(sizeof(struct flow_counters) == 64, "one cache line");
static_assert(sizeof(struct flow_cold_entry) == 128, "two cache lines");
static_assert(sizeof(struct flow_record) == 192, "counters, key, details");

// Entries of the flow table that are mapped at once: mapped pages count in RSS, so a large table is never mapped whole.
constexpr uint32_t windowEntries = 1 << 13;

// A quiet table's counters stay mapped from one drain to the next, up to this size (13.4 MB, the default table): mapping
// and unmapping 1,640 pages took longer than the rest of a drain.
constexpr size_t keptBytesMax = 16 << 20;

// With more flows in a drain, mapping is a small part of its work, and the memory is needed elsewhere.
constexpr uint32_t quietFlowsMax = 1 << 13;

// Per window: up to so many details are read by calls (0.2 us each); beyond that it is cheaper to map all 256 pages of them (150 us).
constexpr uint32_t coldCallsMax = 512;

// Entries per call. More than any bucket of the kernel's hash holds, else the call fails with ENOSPC.
constexpr uint32_t batchEntries = 1 << 14;

class MappedFlowReader : public FlowReader
{
public:
	explicit MappedFlowReader(const MonitorObject &object)
		: object(object), windows((object.flowEntries + windowEntries - 1) / windowEntries), kept(2 * size_t(windows)),
		  isSmall(2 * size_t(object.flowEntries) * sizeof(struct flow_counters) <= keptBytesMax)
	{
		found.reserve(windowEntries);
	}

	uint32_t take(uint32_t epoch, struct flow_record *into) override
	{
		uint32_t count = 0;
		for (uint32_t window = 0; window < windows; window++)
			count += takeWindow(epoch, window, into + count);
		isQuiet = count <= quietFlowsMax;
		if (!isQuiet)
			for (Mapping &mapping : kept)
				mapping.unmap();
		return count;
	}

private:
	uint32_t takeWindow(uint32_t epoch, uint32_t window, struct flow_record *into)
	{
		const uint32_t start = window * windowEntries;
		const uint32_t length = std::min(windowEntries, object.flowEntries - start);
		const size_t at = size_t(epoch) * object.flowEntries + start;
		Mapping &hot = kept[size_t(epoch) * windows + window];
		if (!hot.size())
			hot = Mapping::ofMap(object.mapFd("flow_hot"), roundUpToPage(length * sizeof(struct flow_counters)),
			                     at * sizeof(struct flow_counters), "map flow_hot");
		auto *counters = hot.as<struct flow_counters>();
		found.clear();
		for (uint32_t i = 0; i < length; i++) {
			if (counters[i].fingerprint == 0)
				continue;
			memcpy(&into[found.size()].counters, &counters[i], sizeof(struct flow_counters));
			memset(&counters[i], 0, sizeof(struct flow_counters));
			found.push_back(i);
		}
		if (!isQuiet || !isSmall)
			hot.unmap();
		if (found.size() > coldCallsMax)
			takeMappedDetails(at, length, into);
		else
			takeDetails(at, into);
		return static_cast<uint32_t>(found.size());
	}

	// Details are left zeroed: a SYN may be counted there before the key is written. The key is always written as a whole.
	void takeMappedDetails(size_t at, uint32_t length, struct flow_record *into)
	{
		Mapping cold = Mapping::ofMap(object.mapFd("flow_cold"), roundUpToPage(length * sizeof(struct flow_cold_entry)),
		                              at * sizeof(struct flow_cold_entry), "map flow_cold");
		auto *entries = cold.as<struct flow_cold_entry>();
		for (uint32_t index : found) {
			memcpy(&into->key, &entries[index], sizeof(struct flow_cold_entry));
			memset(&entries[index].details, 0, sizeof(struct flow_details));
			into++;
		}
	}

	void takeDetails(size_t at, struct flow_record *into)
	{
		static constexpr struct flow_details none = {};
		const int map = object.mapFd("flow_cold");
		for (uint32_t index : found) {
			const uint32_t key = static_cast<uint32_t>(at) + index;
			struct flow_cold_entry entry;
			int failed = bpf_map_lookup_elem(map, &key, &entry);
			if (failed)
				throw NativeError::fromErrno("read map flow_cold", failed);
			memcpy(&into->key, &entry, sizeof(entry));
			into++;
			if (memcmp(&entry.details, &none, sizeof(none)) == 0)
				continue;
			entry.details = none;
			failed = bpf_map_update_elem(map, &key, &entry, BPF_ANY);
			if (failed)
				throw NativeError::fromErrno("clear map flow_cold", failed);
		}
	}

	const MonitorObject &object;
	const uint32_t windows;
	std::vector<Mapping> kept; // of both epochs, in table order
	const bool isSmall;
	bool isQuiet = false;        // as the last drain found it
	std::vector<uint32_t> found; // in the current window
};

class HashFlowReader : public FlowReader
{
public:
	explicit HashFlowReader(const MonitorObject &object) : object(object), keys(batchEntries) {}

	uint32_t take(uint32_t epoch, struct flow_record *into) override
	{
		const int map = object.mapFd(epoch ? "flow_hash_odd" : "flow_hash_even");
		uint32_t place = 0, next = 0, taken = 0;
		bool first = true;
		for (;;) {
			uint32_t count = std::min(batchEntries, object.flowEntries - taken);
			if (count == 0)
				return taken;
			int failed = bpf_map_lookup_and_delete_batch(map, first ? nullptr : &place, &next, keys.data(),
			                                             into + taken, &count, nullptr);
			if (failed && failed != -ENOENT)
				throw NativeError::fromErrno("take flows out of the hash map", failed);
			taken += count;
			if (failed)
				return taken; // ENOENT: end of the map
			place = next;
			first = false;
		}
	}

private:
	const MonitorObject &object;
	std::vector<uint64_t> keys;
};

} // namespace

std::unique_ptr<FlowReader> FlowReader::of(const MonitorObject &object)
{
	if (object.flowsInHash)
		return std::make_unique<HashFlowReader>(object);
	return std::make_unique<MappedFlowReader>(object);
}

} // namespace knp
