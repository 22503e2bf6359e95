// SPDX-License-Identifier: MIT
// Memory blocks that batches are written to off the main thread and passed to JavaScript without a copy.
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
	// A block, reused if one has been returned. Address space only: pages are allocated as they are written.
	Mapping take(size_t bytes);
	void giveBack(Mapping block);

private:
	// One being filled, one read by JavaScript, one waiting for garbage collection.
	static constexpr size_t idleBlocksMax = 2;
	std::mutex mutex;
	std::vector<Mapping> idle;
};

} // namespace knp
