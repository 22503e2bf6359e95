// SPDX-License-Identifier: MIT
// Traffic by interface and protocol since the last drain, from the maps that programs no longer write to.
#pragma once

#include "drain/per_cpu_rows.h"
#include "objects/monitor_object.h"

#include <array>
#include <memory>
#include <vector>

namespace knp
{

class TotalsReader
{
public:
	TotalsReader(MonitorObject &object, uint32_t possibleCpus);

	// Upper bound of the records that take() writes.
	size_t recordsMax() const;
	// Writes a record for each row with traffic since the last call for this epoch; returns how many.
	uint32_t take(uint32_t epoch, struct interface_total *into);

private:
	uint32_t takeDense(uint32_t epoch, const TouchedSlot *first, uint32_t count, struct interface_total *into);
	uint32_t takeRest(uint32_t epoch, const std::vector<TouchedSlot> &touched, struct interface_total *into);

	MonitorObject &object;
	PerCpuRows reader;
	std::vector<struct slot_totals> rows;
	// By epoch and slot: the rows as of the previous drain. A slot without any traffic so far has none.
	std::vector<std::unique_ptr<struct slot_totals>> counted[2];
	std::vector<uint32_t> restKeys;
	std::vector<struct traffic_counter> restValues;
};

} // namespace knp
