// SPDX-License-Identifier: MIT
// The difference between the rows of totals and what they were at the drain before.
#include "drain/totals_reader.h"

namespace knp
{

namespace
{

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

TotalsReader::TotalsReader(const MonitorObject &object, uint32_t possibleCpus)
	: object(object), reader(possibleCpus), owners(object.interfaceSlots), readsLeft(object.interfaceSlots),
	  rows(KNP_PROTOCOL_ROWS)
{
	for (std::vector<struct traffic_counter> &one : counted)
		one.resize(size_t(object.interfaceSlots) * KNP_PROTOCOL_ROWS);
}

void TotalsReader::useSlot(uint16_t slot, uint32_t interfaceIndex)
{
	std::lock_guard<std::mutex> guard(mutex);
	if (owners[slot] == 0 || readsLeft[slot] != 0) {
		owners[slot] = interfaceIndex;
		readsLeft[slot] = 0;
	}
}

void TotalsReader::retire(uint32_t interfaceIndex)
{
	std::lock_guard<std::mutex> guard(mutex);
	for (size_t slot = 0; slot < owners.size(); slot++) {
		if (owners[slot] == interfaceIndex)
			readsLeft[slot] = 2;
	}
}

uint32_t TotalsReader::take(uint32_t epoch, struct interface_total *into)
{
	std::vector<uint32_t> used;
	{
		std::lock_guard<std::mutex> guard(mutex);
		used = owners;
		for (size_t slot = 0; slot < owners.size(); slot++) {
			if (readsLeft[slot] != 0 && --readsLeft[slot] == 0)
				owners[slot] = 0;
		}
	}
	uint32_t records = 0;
	for (uint32_t slot = 0; slot < used.size(); slot++) {
		if (used[slot] == 0)
			continue;
		const uint32_t first = slot * KNP_PROTOCOL_ROWS;
		reader.sum(object.mapFd("totals"), "totals", epoch * object.interfaceSlots * KNP_PROTOCOL_ROWS + first,
		           KNP_PROTOCOL_ROWS, 1, rows.data());
		for (uint32_t protocol = 0; protocol < KNP_PROTOCOL_ROWS; protocol++) {
			struct traffic_counter &before = counted[epoch][first + protocol];
			const struct traffic_counter traffic = difference(rows[protocol], before);
			if (isEmpty(traffic))
				continue;
			before = rows[protocol];
			into[records++] = {used[slot], static_cast<uint16_t>(slot), static_cast<uint16_t>(protocol), traffic};
		}
	}
	return records;
}

} // namespace knp
