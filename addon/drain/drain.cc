// SPDX-License-Identifier: MIT
// One drain: header, totals, counters, flows (records.h, batch_header).
#include "drain/drain.h"

#include "host/native_error.h"
#include "host/possible_cpus.h"

#include <algorithm>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <sys/mman.h>

namespace knp
{

namespace
{

// Of a block that waits for its next batch: an ordinary one, of some 5,000 flows, costs no page faults. A multiple of every page size.
constexpr size_t keptBytes = 1 << 20;

uint64_t nanoseconds(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return uint64_t(now.tv_sec) * 1000000000u + uint64_t(now.tv_nsec);
}

// One jiffy: the coarse clocks advance by exactly that, and say so.
uint64_t jiffyNs()
{
	struct timespec resolution;
	clock_getres(CLOCK_MONOTONIC_COARSE, &resolution);
	return uint64_t(resolution.tv_sec) * 1000000000u + uint64_t(resolution.tv_nsec);
}

void add(struct traffic_counter &sum, const struct traffic_counter &one)
{
	for (int direction = 0; direction < 2; direction++) {
		sum.packets[direction] += one.packets[direction];
		sum.bytes[direction] += one.bytes[direction];
	}
}

} // namespace

Mapping BatchMemory::take(size_t bytes)
{
	std::lock_guard<std::mutex> guard(mutex);
	for (size_t i = 0; i < idle.size(); i++) {
		if (idle[i].size() >= bytes) {
			Mapping block = std::move(idle[i]);
			idle.erase(idle.begin() + static_cast<long>(i));
			return block;
		}
	}
	return Mapping::anonymous(roundUpToPage(bytes), "reserve memory for a batch");
}

void BatchMemory::giveBack(Mapping block)
{
	// A flood's batch is 12 to 20 MB for some milliseconds of each second: between two ticks nobody needs its pages.
	if (block.size() > keptBytes)
		madvise(block.as<uint8_t>() + keptBytes, block.size() - keptBytes, MADV_DONTNEED);
	std::lock_guard<std::mutex> guard(mutex);
	if (idle.size() < idleBlocksMax)
		idle.push_back(std::move(block));
}

Drain::Drain(MonitorObject &object) : object(object), reader(FlowReader::of(object)), possibleCpus(knp::possibleCpus())
{
	for (Bank &bank : banks) {
		bank.totals.resize(size_t(object.interfaceSlots) * KNP_PROTOCOL_ROWS);
		bank.counters.resize(COUNTER_ROWS);
	}
	if (object.capture)
		return; // frames are run one by one: none is under way when a drain begins
	const std::string operation = "make the epoch gate";
	for (FileDescriptor &inner : gateInner) {
		inner = FileDescriptor(bpf_map_create(BPF_MAP_TYPE_ARRAY, "knp_gate_slot", 4, 4, 1, nullptr));
		if (!inner.valid())
			throw NativeError::fromErrno(operation, errno);
	}
	LIBBPF_OPTS(bpf_map_create_opts, options, .inner_map_fd = static_cast<uint32_t>(gateInner[0].get()));
	gate = FileDescriptor(bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "knp_gate", 4, 4, 1, &options));
	if (!gate.valid())
		throw NativeError::fromErrno(operation, errno);
}

void Drain::useSlot(uint16_t slot)
{
	std::lock_guard<std::mutex> guard(slotsMutex);
	if (std::find(slots.begin(), slots.end(), slot) == slots.end())
		slots.push_back(slot);
}

void Drain::awaitPrograms()
{
	if (object.capture)
		return;
	// bpf(2) returns from the update of an array of maps only when no program can still use what was there before
	// (maybe_wait_bpf_programs): a grace period that also ends every program that has read the old epoch.
	uint32_t key = 0;
	uint32_t inner = static_cast<uint32_t>(gateInner[gateTurn ^= 1].get());
	int failed = bpf_map_update_elem(gate.get(), &key, &inner, BPF_ANY);
	if (failed)
		throw NativeError::fromErrno("wait for the running programs", failed);
}

void Drain::readRows(int mapFd, const char *name, uint32_t first, uint32_t count, struct traffic_counter *into)
{
	const size_t rowBytes = size_t(possibleCpus) * sizeof(struct traffic_counter);
	perCpu.resize(count * rowBytes);
	bool read = false;
	if (batchLookup) {
		keys.resize(count);
		uint32_t before = first - 1;
		uint32_t next = 0;
		uint32_t found = count;
		int failed = bpf_map_lookup_batch(mapFd, first ? &before : nullptr, &next, keys.data(), perCpu.data(), &found,
		                                  nullptr);
		read = (failed == 0 || failed == -ENOENT) && found == count;
		batchLookup = read; // per-CPU arrays have batches since Linux 5.13
	}
	for (uint32_t row = 0; !read && row < count; row++) {
		uint32_t key = first + row;
		int failed = bpf_map_lookup_elem(mapFd, &key, perCpu.data() + row * rowBytes);
		if (failed)
			throw NativeError::fromErrno(std::string("read map ") + name, failed);
	}
	for (uint32_t row = 0; row < count; row++) {
		const auto *one = reinterpret_cast<const struct traffic_counter *>(perCpu.data() + row * rowBytes);
		struct traffic_counter sum = {};
		for (uint32_t cpu = 0; cpu < possibleCpus; cpu++)
			add(sum, one[cpu]);
		into[row] = sum;
	}
}

// Of the moment, not of the swap: runs have no bank.
void Drain::readRuns(struct traffic_counter *counters)
{
	const size_t valueBytes = (object.mapValueBytes("scratch") + 7) / 8 * 8;
	if (valueBytes < sizeof(struct run_counts))
		throw NativeError::invalid("read map scratch", "its values do not begin with run_counts");
	perCpu.resize(possibleCpus * valueBytes);
	const uint32_t key = 0;
	int failed = bpf_map_lookup_elem(object.mapFd("scratch"), &key, perCpu.data());
	if (failed)
		throw NativeError::fromErrno("read map scratch", failed);
	struct run_counts sum = {};
	for (uint32_t cpu = 0; cpu < possibleCpus; cpu++) {
		const auto *one = reinterpret_cast<const struct run_counts *>(perCpu.data() + cpu * valueBytes);
		for (int program = 0; program < PROGRAM_COUNT; program++)
			sum.runs[program] += one->runs[program];
	}
	struct traffic_counter &tc = counters[COUNTER_COST + COST_CALLS];
	tc.packets[DIRECTION_RECEIVED] = sum.runs[PROGRAM_TC_INGRESS] + sum.runs[PROGRAM_CAPTURE];
	tc.packets[DIRECTION_SENT] = sum.runs[PROGRAM_TC_EGRESS];
	counters[COUNTER_COST_XDP + COST_CALLS].packets[DIRECTION_RECEIVED] = sum.runs[PROGRAM_XDP];
}

Batch Drain::run()
{
	const uint64_t began = nanoseconds(CLOCK_MONOTONIC);
	struct control *control = object.control();
	const uint32_t frozen = control->epoch;
	__atomic_store_n(&control->epoch, frozen ^ 1, __ATOMIC_SEQ_CST);
	awaitPrograms();
	const uint64_t capturedAtNs = object.capture ? captureTimeNs : nanoseconds(CLOCK_REALTIME);
	const uint64_t clock = object.capture ? captureTimeNs : object.readClock();

	std::vector<uint16_t> used;
	{
		std::lock_guard<std::mutex> guard(slotsMutex);
		used = slots;
	}
	Bank &bank = banks[frozen];
	const uint32_t totalRows = object.interfaceSlots * KNP_PROTOCOL_ROWS;
	for (uint16_t slot : used) {
		const uint32_t row = uint32_t(slot) * KNP_PROTOCOL_ROWS;
		readRows(object.mapFd("totals"), "totals", frozen * totalRows + row, KNP_PROTOCOL_ROWS, &bank.totals[row]);
	}
	readRows(object.mapFd("counters"), "counters", frozen * COUNTER_ROWS, COUNTER_ROWS, bank.counters.data());

	const size_t totalsOffset = sizeof(struct batch_header) + 40; // to a multiple of 64: 128
	static_assert((sizeof(struct batch_header) + 40) % 64 == 0, "sections begin on cache lines");
	const size_t countersOffset = totalsOffset + totalRows * sizeof(struct traffic_counter);
	const size_t flowsOffset = countersOffset + COUNTER_ROWS * sizeof(struct traffic_counter);
	Batch batch;
	batch.memory = memory->take(flowsOffset + size_t(object.flowEntries) * sizeof(struct flow_record));
	uint8_t *start = batch.memory.as<uint8_t>();
	memset(start, 0, totalsOffset);

	auto *totals = reinterpret_cast<struct traffic_counter *>(start + totalsOffset);
	for (uint32_t row = 0; row < totalRows; row++) {
		totals[row] = banks[0].totals[row];
		add(totals[row], banks[1].totals[row]);
	}
	auto *counters = reinterpret_cast<struct traffic_counter *>(start + countersOffset);
	for (uint32_t row = 0; row < COUNTER_ROWS; row++) {
		counters[row] = banks[0].counters[row];
		add(counters[row], banks[1].counters[row]);
	}
	readRuns(counters);
	const uint32_t flows = reader->take(frozen, reinterpret_cast<struct flow_record *>(start + flowsOffset));

	batch.bytes = flowsOffset + flows * sizeof(struct flow_record);
	auto *header = reinterpret_cast<struct batch_header *>(start);
	header->magic = KNP_BATCH_MAGIC;
	header->abi_version = KNP_ABI_VERSION;
	header->captured_at_ns = capturedAtNs;
	header->clock_at_capture = clock;
	header->clock_ns_per_unit = object.capture ? 1 : jiffyNs();
	header->clock_kind = object.capture ? CLOCK_NANOSECONDS : CLOCK_JIFFIES;
	header->interface_slots = object.interfaceSlots;
	header->flow_count = flows;
	header->totals_offset = totalsOffset;
	header->counters_offset = countersOffset;
	header->flows_offset = flowsOffset;
	header->length = batch.bytes;
	header->drain_ns = nanoseconds(CLOCK_MONOTONIC) - began;
	return batch;
}

} // namespace knp
