// SPDX-License-Identifier: MIT
// Blocks of memory that batches are written to off the main thread and handed to JavaScript without a copy.
#pragma once

#include "host/file_descriptor.h"

#include <memory>
#include <mutex>
#include <vector>

namespace knp
{

class BatchMemory : public std::enable_shared_from_this<BatchMemory>
{
public:
	// A block, taken from those that came back where there is one. Address space only: pages come as they are written.
	Mapping take(size_t bytes);
	void giveBack(Mapping block);

private:
	// One that is filled, one that JavaScript reads, one that waits for the collector.
	static constexpr size_t idleBlocksMax = 2;
	std::mutex mutex;
	std::vector<Mapping> idle;
};

} // namespace knp
