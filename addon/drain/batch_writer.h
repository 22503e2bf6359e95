// SPDX-License-Identifier: MIT
// A batch being written: header, directory, then one section after the other (records.h, batch_header).
#pragma once

#include "drain/batch_memory.h"

#include <cstddef>
#include <cstdint>

#include "records.h"

namespace knp
{

struct Batch {
	Mapping memory;
	size_t bytes = 0;
};

class BatchWriter
{
public:
	// Size of a batch with so many bytes of records.
	static size_t bytesFor(size_t recordBytes);
	BatchWriter(Mapping memory, const struct batch_header &header);

	// Start of the next section's records; end() takes their count.
	template <typename Record> Record *begin(enum section_kind kind, enum record_layout layout)
	{
		return static_cast<Record *>(beginSection(kind, layout, sizeof(Record)));
	}
	void end(uint32_t count);
	// Returns the finished batch, with its length and the drain's duration.
	Batch finish(uint64_t drainNs);

private:
	void *beginSection(enum section_kind kind, enum record_layout layout, uint32_t recordSize);
	struct batch_header *header() const { return batch.memory.as<struct batch_header>(); }
	struct batch_section *section() const;

	Batch batch;
};

} // namespace knp
