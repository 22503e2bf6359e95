// SPDX-License-Identifier: MIT
// Reads and clears the flows of one epoch, from the flow table or the hash maps.
#pragma once

#include "objects/monitor_object.h"

#include <memory>

namespace knp
{

class FlowReader
{
public:
	virtual ~FlowReader() = default;
	// Copies and clears the flows of an epoch that no program writes to; `into` holds object.flowEntries records. Returns how many.
	virtual uint32_t take(uint32_t epoch, struct flow_record *into) = 0;

	static std::unique_ptr<FlowReader> of(const MonitorObject &object);
};

} // namespace knp
