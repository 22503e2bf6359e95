// SPDX-License-Identifier: MIT
// One drain: totals, counters and flows of the epoch that has ended.
#include "drain/drain.h"

#include "host/native_error.h"
#include "host/possible_cpus.h"

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

// Kept resident in a block between batches, so that an ordinary batch, of some 5,000 flows, costs no page faults. A multiple of every page size.
constexpr size_t keptBytes = 1 << 20;

uint64_t nanoseconds(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return uint64_t(now.tv_sec) * 1000000000u + uint64_t(now.tv_nsec);
}

// One jiffy: the step of the coarse clocks, which clock_getres reports.
uint64_t jiffyNs()
{
	struct timespec resolution;
	clock_getres(CLOCK_MONOTONIC_COARSE, &resolution);
	return uint64_t(resolution.tv_sec) * 1000000000u + uint64_t(resolution.tv_nsec);
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
	// A flood's batch is 12 to 20 MB for some milliseconds of each second: between two ticks its pages aren't needed.
	if (block.size() > keptBytes)
		madvise(block.as<uint8_t>() + keptBytes, block.size() - keptBytes, MADV_DONTNEED);
	std::lock_guard<std::mutex> guard(mutex);
	if (idle.size() < idleBlocksMax)
		idle.push_back(std::move(block));
}

Drain::Drain(MonitorObject &object)
	: object(object), reader(FlowReader::of(object)), possibleCpus(knp::possibleCpus()), totals(object, possibleCpus),
	  counterRows(possibleCpus)
{
	for (std::vector<struct traffic_counter> &bank : counters)
		bank.resize(COUNTER_ROWS);
	if (object.capture)
		return; // captures run frames synchronously: no program is running when a drain begins
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

void Drain::awaitPrograms()
{
	if (object.capture)
		return;
	// bpf(2) returns from the update of an array of maps only when no program can still use the previous map
	// (maybe_wait_bpf_programs): a grace period that also ends every program that has read the old epoch.
	uint32_t key = 0;
	uint32_t inner = static_cast<uint32_t>(gateInner[gateTurn ^= 1].get());
	int failed = bpf_map_update_elem(gate.get(), &key, &inner, BPF_ANY);
	if (failed)
		throw NativeError::fromErrno("wait for the running programs", failed);
}

// A bank is cumulative: the count at the swap is this bank now plus the other bank as last read.
void Drain::readCounters(uint32_t epoch, struct traffic_counter *into)
{
	counterRows.sum(object.mapFd("counters"), "counters", epoch * COUNTER_ROWS, COUNTER_ROWS, 1, counters[epoch].data());
	for (uint32_t row = 0; row < COUNTER_ROWS; row++) {
		into[row] = counters[0][row];
		add(into[row], counters[1][row]);
	}
	readRuns(into);
}

// As of now, not of the swap: run counts have no banks.
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
		const auto *counts = reinterpret_cast<const struct run_counts *>(perCpu.data() + cpu * valueBytes);
		for (int program = 0; program < PROGRAM_COUNT; program++)
			sum.runs[program] += counts->runs[program];
	}
	struct traffic_counter &tc = counters[COUNTER_COST + COST_CALLS];
	tc.packets[DIRECTION_RECEIVED] = sum.runs[PROGRAM_TC_INGRESS] + sum.runs[PROGRAM_CAPTURE];
	tc.packets[DIRECTION_SENT] = sum.runs[PROGRAM_TC_EGRESS];
	counters[COUNTER_COST_XDP + COST_CALLS].packets[DIRECTION_RECEIVED] = sum.runs[PROGRAM_XDP];
}

// Reads the clocks.
struct batch_header Drain::capture() const
{
	struct batch_header header = {};
	header.captured_at_ns = object.capture ? captureTimeNs : nanoseconds(CLOCK_REALTIME);
	header.boottime_ns = object.capture ? captureTimeNs : nanoseconds(CLOCK_BOOTTIME);
	header.clock_at_capture = object.capture ? captureTimeNs : object.readClock();
	header.clock_ns_per_unit = object.capture ? 1 : jiffyNs();
	header.clock_kind = object.capture ? CLOCK_NANOSECONDS : CLOCK_JIFFIES;
	return header;
}

Batch Drain::run()
{
	const uint64_t began = nanoseconds(CLOCK_MONOTONIC);
	struct control *control = object.control();
	object.interfaces().beginDrain();
	const uint32_t endedEpoch = control->epoch;
	__atomic_store_n(&control->epoch, endedEpoch ^ 1, __ATOMIC_SEQ_CST);
	awaitPrograms();
	const struct batch_header header = capture();

	const size_t recordBytes = totals.recordsMax() * sizeof(struct interface_total) +
	                           COUNTER_ROWS * sizeof(struct traffic_counter) +
	                           size_t(object.flowEntries) * sizeof(struct flow_record);
	BatchWriter writer(memory->take(BatchWriter::bytesFor(recordBytes)), header);
	writer.end(totals.take(endedEpoch, writer.begin<struct interface_total>(SECTION_TOTALS, LAYOUT_INTERFACE_TOTAL)));
	readCounters(endedEpoch, writer.begin<struct traffic_counter>(SECTION_COUNTERS, LAYOUT_TRAFFIC_COUNTER));
	writer.end(COUNTER_ROWS);
	writer.end(reader->take(endedEpoch, writer.begin<struct flow_record>(SECTION_FLOWS, LAYOUT_FLOW_RECORD)));
	object.interfaces().endDrain();
	return writer.finish(nanoseconds(CLOCK_MONOTONIC) - began);
}

} // namespace knp
