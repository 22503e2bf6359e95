// SPDX-License-Identifier: MIT
// Writes the header, the directory and the section bounds of a batch.
#include "drain/batch_writer.h"

#include "host/native_error.h"

#include <cstring>

namespace knp
{

namespace
{

// Totals, counters, flows, and spare entries for new sections.
constexpr size_t sectionsMax = 6;
constexpr size_t cacheLine = 64;

size_t roundUpToCacheLine(size_t bytes)
{
	return (bytes + cacheLine - 1) / cacheLine * cacheLine;
}

// Bytes of header and directory.
size_t frontBytes()
{
	return roundUpToCacheLine(sizeof(struct batch_header) + sectionsMax * sizeof(struct batch_section));
}

} // namespace

size_t BatchWriter::bytesFor(size_t recordBytes)
{
	return frontBytes() + recordBytes + sectionsMax * cacheLine;
}

BatchWriter::BatchWriter(Mapping memory, const struct batch_header &start)
{
	batch.memory = std::move(memory);
	batch.bytes = frontBytes();
	memset(batch.memory.as<void>(), 0, batch.bytes);
	*header() = start;
	header()->magic = KNP_BATCH_MAGIC;
	header()->abi_version = KNP_ABI_VERSION;
	header()->header_size = sizeof(struct batch_header);
}

struct batch_section *BatchWriter::section() const
{
	auto *directory = reinterpret_cast<struct batch_section *>(batch.memory.as<uint8_t>() + sizeof(struct batch_header));
	return directory + header()->section_count;
}

void *BatchWriter::beginSection(enum section_kind kind, enum record_layout layout, uint32_t recordSize)
{
	if (header()->section_count >= sectionsMax)
		throw NativeError::invalid("write a batch", "it has more sections than there is room for");
	struct batch_section *current = section();
	current->kind = kind;
	current->layout_id = layout;
	current->record_size = recordSize;
	current->offset = batch.bytes;
	return batch.memory.as<uint8_t>() + batch.bytes;
}

void BatchWriter::end(uint32_t count)
{
	struct batch_section *current = section();
	current->count = count;
	const size_t end = batch.bytes + size_t(count) * current->record_size;
	batch.bytes = roundUpToCacheLine(end);
	// The block may hold bytes of an earlier batch: clear the padding.
	memset(batch.memory.as<uint8_t>() + end, 0, batch.bytes - end);
	header()->section_count++;
}

Batch BatchWriter::finish(uint64_t drainNs)
{
	header()->length = batch.bytes;
	header()->drain_ns = drainNs;
	return std::move(batch);
}

} // namespace knp
