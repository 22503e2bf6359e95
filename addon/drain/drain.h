// SPDX-License-Identifier: MIT
// Swapping the epoch, waiting for the programs, and copying what they counted into one batch.
#pragma once

#include "drain/batch_memory.h"
#include "drain/flow_reader.h"
#include "objects/monitor_object.h"

namespace knp
{

struct Batch {
	Mapping memory;
	size_t bytes = 0;
};

class Drain
{
public:
	explicit Drain(MonitorObject &object);

	// Runs on any one thread at a time.
	Batch run();
	// Totals of this slot are read from now on; the others are known to be zero.
	void useSlot(uint16_t slot);
	// Captures: time of the last frame, in place of a clock.
	void setCaptureTime(uint64_t ns) { captureTimeNs = ns; }

	std::shared_ptr<BatchMemory> memory = std::make_shared<BatchMemory>();

private:
	struct Bank {
		std::vector<struct traffic_counter> totals;
		std::vector<struct traffic_counter> counters;
	};

	void awaitPrograms();
	void readRows(int mapFd, const char *name, uint32_t first, uint32_t count, struct traffic_counter *into);
	void readRuns(struct traffic_counter *counters);

	MonitorObject &object;
	std::unique_ptr<FlowReader> reader;
	FileDescriptor gate; // an array of maps that only exists because its update waits for running programs
	FileDescriptor gateInner[2];
	uint32_t gateTurn = 0;
	uint32_t possibleCpus;
	std::vector<uint16_t> slots;
	bool batchLookup = true;
	std::vector<uint8_t> perCpu;
	std::vector<uint32_t> keys;
	Bank banks[2];
	uint64_t captureTimeNs = 0;
	std::mutex slotsMutex;
};

} // namespace knp
