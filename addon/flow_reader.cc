// SPDX-License-Identifier: MIT
// Our own table is read through memory; the hash maps of kernels before 5.12 in batches by bpf(2).
#include "flow_reader.h"

#include "native_error.h"

#include <algorithm>
#include <bpf/bpf.h>
#include <cerrno>
#include <cstring>

namespace knp
{

namespace
{

struct flow_cold_entry {
	struct flow_key key;
	struct flow_details details;
};

static_assert(sizeof(struct flow_counters) == 64, "one cache line");
static_assert(sizeof(struct flow_cold_entry) == 128, "two cache lines");
static_assert(sizeof(struct flow_record) == 192, "counters, key, details");

// Entries of the flow table that are mapped at once: mapped pages count as ours (RSS), so never the whole table.
constexpr uint32_t windowEntries = 1 << 13;

// Entries asked for in one call. More than any bucket of the kernel's hash holds, else it answers ENOSPC.
constexpr uint32_t batchEntries = 1 << 14;

class MappedFlowReader : public FlowReader
{
public:
	explicit MappedFlowReader(const MonitorObject &object) : object(object) {}

	uint32_t take(uint32_t epoch, struct flow_record *into) override
	{
		uint32_t count = 0;
		for (uint32_t start = 0; start < object.flowEntries; start += windowEntries)
			count += takeWindow(epoch, start, std::min(windowEntries, object.flowEntries - start), into + count);
		return count;
	}

private:
	uint32_t takeWindow(uint32_t epoch, uint32_t start, uint32_t length, struct flow_record *into)
	{
		const size_t at = size_t(epoch) * object.flowEntries + start;
		Mapping hot = Mapping::ofMap(object.mapFd("flow_hot"), roundUpToPage(length * sizeof(struct flow_counters)),
		                             at * sizeof(struct flow_counters), "map flow_hot");
		Mapping cold; // mapped by the first flow: most of a quiet table has none
		auto *counters = hot.as<struct flow_counters>();
		struct flow_cold_entry *details = nullptr;
		uint32_t count = 0;
		for (uint32_t i = 0; i < length; i++) {
			if (counters[i].fingerprint == 0)
				continue;
			if (!details) {
				cold = Mapping::ofMap(object.mapFd("flow_cold"),
				                      roundUpToPage(length * sizeof(struct flow_cold_entry)),
				                      at * sizeof(struct flow_cold_entry), "map flow_cold");
				details = cold.as<struct flow_cold_entry>();
			}
			struct flow_record &record = into[count++];
			memcpy(&record.counters, &counters[i], sizeof(record.counters));
			memcpy(&record.key, &details[i], sizeof(struct flow_cold_entry));
			memset(&counters[i], 0, sizeof(counters[i]));
			// The details, too: a SYN may be counted there before the key is written. The key is always written whole.
			memset(&details[i].details, 0, sizeof(details[i].details));
		}
		return count;
	}

	const MonitorObject &object;
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
				return taken; // ENOENT: that was the last of it
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
