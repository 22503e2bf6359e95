// SPDX-License-Identifier: MIT
// What each interface had of each protocol since the last drain, from the rows of totals that programs no longer write to.
#pragma once

#include "drain/per_cpu_rows.h"
#include "objects/monitor_object.h"

#include <mutex>
#include <vector>

namespace knp
{

class TotalsReader
{
public:
	TotalsReader(const MonitorObject &object, uint32_t possibleCpus);

	// Rows of this slot are read from now on; the others are known to be zero.
	void useSlot(uint16_t slot, uint32_t interfaceIndex);
	// The interface has gone: its slot is read twice more, for programs that ran at that moment may count in either epoch; then it is
	// anybody's. Before that the next useSlot takes it over.
	void retire(uint32_t interfaceIndex);
	// The most records that take() can write.
	size_t recordsMax() const { return size_t(object.interfaceSlots) * KNP_PROTOCOL_ROWS; }
	// Writes a record for each row with traffic since the last call for this epoch; returns how many.
	uint32_t take(uint32_t epoch, struct interface_total *into);

private:
	const MonitorObject &object;
	PerCpuRows reader;
	std::mutex mutex;
	std::vector<uint32_t> owners;                   // interface indexes by slot; 0: not in use
	std::vector<uint8_t> readsLeft;                 // of slots whose interface has gone; 0: it is there
	std::vector<struct traffic_counter> counted[2]; // by epoch: rows as they were at the drain before
	std::vector<struct traffic_counter> rows;
};

} // namespace knp
