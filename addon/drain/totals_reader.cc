// SPDX-License-Identifier: MIT
// Rows of the commonest protocols are cumulative and read only for interfaces with traffic; rows of the others are looked up and deleted.
#include "drain/totals_reader.h"

#include "host/native_error.h"

#include <algorithm>
#include <bpf/bpf.h>
#include <cerrno>

namespace knp
{

namespace
{

// Slots read per call: a larger copy would not stay in the CPU's caches.
constexpr uint32_t slotsAtOnce = 64;

// By enum dense_row.
constexpr uint16_t protocolOfRow[KNP_DENSE_ROWS] = {
	6,
	17,
	1,
	58,
	PROTOCOL_ARP,
	2,
	47,
	50,
	89,
	112,
	132,
	PROTOCOL_LLDP,
	PROTOCOL_STP,
	PROTOCOL_ETHERNET_OTHER,
	PROTOCOL_MALFORMED,
	PROTOCOL_OTHER,
};
static_assert(DENSE_OTHER == KNP_DENSE_ROWS - 1, "each row has a protocol");

bool isEmpty(const struct traffic_counter &traffic)
{
	return (traffic.packets[0] | traffic.packets[1] | traffic.bytes[0] | traffic.bytes[1]) == 0;
}

struct traffic_counter difference(const struct traffic_counter &now, const struct traffic_counter &before)
{
	struct traffic_counter result;
	for (int direction = 0; direction < 2; direction++) {
		result.packets[direction] = now.packets[direction] - before.packets[direction];
		result.bytes[direction] = now.bytes[direction] - before.bytes[direction];
	}
	return result;
}

} // namespace

TotalsReader::TotalsReader(MonitorObject &object, uint32_t possibleCpus)
	: object(object), reader(possibleCpus), rows(slotsAtOnce), restKeys(object.restRows), restValues(object.restRows)
{
	for (std::vector<std::unique_ptr<struct slot_totals>> &slots : counted)
		slots.resize(object.interfaceSlots);
}

size_t TotalsReader::recordsMax() const
{
	return size_t(object.interfaceSlots) * KNP_DENSE_ROWS + object.restRows;
}

uint32_t TotalsReader::take(uint32_t epoch, struct interface_total *into)
{
	const std::vector<TouchedSlot> touched = object.interfaces().takeTouched(epoch);
	if (touched.empty())
		return 0;
	uint32_t records = 0;
	for (size_t at = 0; at < touched.size();) {
		// Adjacent slots are read by one call.
		uint32_t count = 1;
		while (count < slotsAtOnce && at + count < touched.size() &&
		       touched[at + count].slot == touched[at].slot + count)
			count++;
		records += takeDense(epoch, &touched[at], count, into + records);
		at += count;
	}
	return records + takeRest(epoch, touched, into + records);
}

uint32_t TotalsReader::takeDense(uint32_t epoch, const TouchedSlot *first, uint32_t count, struct interface_total *into)
{
	reader.sum(object.mapFd("totals"), "totals", epoch * object.interfaceSlots + first->slot, count, KNP_DENSE_ROWS,
	           rows[0].rows);
	uint32_t records = 0;
	for (uint32_t i = 0; i < count; i++) {
		const TouchedSlot &touched = first[i];
		std::unique_ptr<struct slot_totals> &before = counted[epoch][touched.slot];
		if (!before)
			before = std::make_unique<struct slot_totals>();
		for (uint32_t row = 0; row < KNP_DENSE_ROWS; row++) {
			const struct traffic_counter traffic = difference(rows[i].rows[row], before->rows[row]);
			if (isEmpty(traffic))
				continue;
			into[records++] = {touched.interfaceIndex, touched.slot, protocolOfRow[row], traffic};
		}
		*before = rows[i];
	}
	return records;
}

uint32_t TotalsReader::takeRest(uint32_t epoch, const std::vector<TouchedSlot> &touched, struct interface_total *into)
{
	const int map = object.mapFd(epoch ? "protocol_rest_odd" : "protocol_rest_even");
	uint32_t place = 0, next = 0, taken = 0;
	for (bool first = true; taken < object.restRows; first = false) {
		uint32_t count = object.restRows - taken;
		int failed = bpf_map_lookup_and_delete_batch(map, first ? nullptr : &place, &next, restKeys.data() + taken,
		                                             restValues.data() + taken, &count, nullptr);
		if (failed && failed != -ENOENT)
			throw NativeError::fromErrno("take the rows of rare protocols", failed);
		taken += count;
		if (failed)
			break; // ENOENT: end of the map
		place = next;
	}
	for (uint32_t i = 0; i < taken; i++) {
		const auto slot = static_cast<uint16_t>(restKeys[i] >> 16);
		const auto owner =
			std::lower_bound(touched.begin(), touched.end(), slot,
		                         [](const TouchedSlot &candidate, uint16_t wanted) { return candidate.slot < wanted; });
		const uint32_t index = owner != touched.end() && owner->slot == slot ? owner->interfaceIndex : 0;
		into[i] = {index, slot, static_cast<uint16_t>(restKeys[i]), restValues[i]};
	}
	return taken;
}

} // namespace knp
