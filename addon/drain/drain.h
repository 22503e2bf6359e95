// SPDX-License-Identifier: MIT
// Swaps the epoch, waits for running programs, and copies what they counted into one batch.
#pragma once

#include "drain/batch_writer.h"
#include "drain/flow_reader.h"
#include "drain/per_cpu_rows.h"
#include "drain/totals_reader.h"
#include "objects/monitor_object.h"

namespace knp
{

class Drain
{
public:
	explicit Drain(MonitorObject &object);

	// May run on any thread, on one at a time.
	Batch run();
	// Captures: time of the last frame, instead of a clock.
	void setCaptureTime(uint64_t ns) { captureTimeNs = ns; }

	std::shared_ptr<BatchMemory> memory = std::make_shared<BatchMemory>();

private:
	void awaitPrograms();
	struct batch_header capture() const;
	void readCounters(uint32_t epoch, struct traffic_counter *into);
	void readRuns(struct traffic_counter *counters);

	MonitorObject &object;
	std::unique_ptr<FlowReader> reader;
	FileDescriptor gate; // an array of maps, used only because its update waits for running programs
	FileDescriptor gateInner[2];
	uint32_t gateTurn = 0;
	const uint32_t possibleCpus;
	TotalsReader totals;
	PerCpuRows counterRows;
	std::vector<struct traffic_counter> counters[2]; // by epoch, cumulative, as last read
	std::vector<uint8_t> perCpu;
	uint64_t captureTimeNs = 0;
};

} // namespace knp
