// SPDX-License-Identifier: MIT
// Buckets, entries and slots of the interface table (bpf/lib/frame.h looks interfaces up).
#include "objects/interface_table.h"

#include "host/native_error.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <sys/random.h>

namespace knp
{

namespace
{

constexpr uint32_t entriesEach = KNP_INTERFACE_BUCKET_ENTRIES;
static_assert((entriesEach << KNP_INTERFACE_BUCKET_BITS) == KNP_INTERFACE_TABLE_SIZE, "buckets fill the table");
static_assert(sizeof(struct interface_entry) * entriesEach == 64, "a bucket is a cache line");
static_assert(offsetof(struct control, interfaces) % 64 == 0, "buckets begin on cache lines");

std::string operationOn(const char *verb, uint32_t interfaceIndex)
{
	return std::string(verb) + " interface " + std::to_string(interfaceIndex);
}

uint16_t bitsOf(uint16_t slot, uint8_t linkKind, bool ingressOnly)
{
	return static_cast<uint16_t>(slot | linkKind << INTERFACE_LINK_SHIFT | (ingressOnly ? INTERFACE_INGRESS_ONLY : 0));
}

} // namespace

InterfaceTable::InterfaceTable(struct control *control, uint32_t slots)
	: control(control), slots(slots), isTaken(KNP_INTERFACE_TABLE_SIZE)
{
	if (getrandom(control->interface_seed, sizeof(control->interface_seed), 0) != sizeof(control->interface_seed))
		throw NativeError::fromErrno("draw the interface table's seed", errno);
	for (uint32_t &seed : control->interface_seed)
		seed |= 1;
}

InterfaceTable::Place *InterfaceTable::find(uint32_t interfaceIndex)
{
	for (Place &place : places) {
		if (place.interfaceIndex == interfaceIndex && !place.removed)
			return &place;
	}
	return nullptr;
}

// In the emptier of its two buckets. An entry stays occupied until no program can still use its previous content.
uint32_t InterfaceTable::freeEntry(uint32_t interfaceIndex) const
{
	uint32_t best = KNP_INTERFACE_TABLE_SIZE;
	uint32_t fewest = entriesEach;
	for (uint32_t seed : control->interface_seed) {
		const uint32_t first = (interfaceIndex * seed >> (32 - KNP_INTERFACE_BUCKET_BITS)) * entriesEach;
		const auto begin = isTaken.begin() + first;
		const auto taken = static_cast<uint32_t>(std::count(begin, begin + entriesEach, true));
		if (taken >= fewest)
			continue;
		fewest = taken;
		best = first + static_cast<uint32_t>(std::find(begin, begin + entriesEach, false) - begin);
	}
	return best;
}

void InterfaceTable::insert(uint32_t interfaceIndex, uint16_t slot, uint16_t bits)
{
	const uint32_t at = freeEntry(interfaceIndex);
	if (at == KNP_INTERFACE_TABLE_SIZE)
		throw NativeError::fromErrno(operationOn("add", interfaceIndex), ENOSPC, "both of its buckets are full");
	isTaken[at] = true;
	places.push_back({at, interfaceIndex, slot});
	slots[slot].places++;
	if (slots[slot].live++ == 0)
		slots[slot].interfaceIndex = interfaceIndex;
	struct interface_entry *entry = &control->interfaces[at];
	entry->slot_and_link = bits;
	// The index is written last: a program that sees it sees the rest.
	__atomic_store_n(&entry->interface_index, interfaceIndex, __ATOMIC_RELEASE);
}

uint16_t InterfaceTable::add(uint32_t interfaceIndex, uint8_t linkKind, bool ingressOnly)
{
	std::lock_guard<std::mutex> guard(mutex);
	const std::string operation = operationOn("add", interfaceIndex);
	if (interfaceIndex == 0)
		throw NativeError::invalid(operation, "0 is no interface index");
	if (find(interfaceIndex))
		throw NativeError::fromErrno(operation, EEXIST, "it has a slot already");
	const auto free = std::find_if(slots.begin(), slots.end(), [](const Slot &slot) { return slot.places == 0; });
	if (free == slots.end())
		throw NativeError::fromErrno(operation, ENOSPC, "all " + std::to_string(slots.size()) + " slots are taken");
	const auto slot = static_cast<uint16_t>(free - slots.begin());
	insert(interfaceIndex, slot, bitsOf(slot, linkKind, ingressOnly));
	return slot;
}

void InterfaceTable::set(uint32_t interfaceIndex, uint16_t slot, uint8_t linkKind, bool ingressOnly)
{
	std::lock_guard<std::mutex> guard(mutex);
	const std::string operation = operationOn("set", interfaceIndex);
	if (interfaceIndex == 0)
		throw NativeError::invalid(operation, "0 is no interface index");
	if (slot >= slots.size())
		throw NativeError::invalid(operation, "slot " + std::to_string(slot) + " of " + std::to_string(slots.size()));
	const Place *there = find(interfaceIndex);
	if (!there) {
		insert(interfaceIndex, slot, bitsOf(slot, linkKind, ingressOnly));
		return;
	}
	if (there->slot != slot)
		throw NativeError::fromErrno(operation, EEXIST, "it has slot " + std::to_string(there->slot));
	__atomic_store_n(&control->interfaces[there->entry].slot_and_link, bitsOf(slot, linkKind, ingressOnly),
	                 __ATOMIC_RELEASE);
}

void InterfaceTable::remove(uint32_t interfaceIndex)
{
	std::lock_guard<std::mutex> guard(mutex);
	Place *place = find(interfaceIndex);
	if (!place)
		return;
	__atomic_store_n(&control->interfaces[place->entry].interface_index, 0u, __ATOMIC_SEQ_CST);
	slots[place->slot].live--;
	place->removed = true;
	place->drainsBefore = drains;
}

void InterfaceTable::beginDrain()
{
	std::lock_guard<std::mutex> guard(mutex);
	drains++;
}

std::vector<TouchedSlot> InterfaceTable::takeTouched(uint32_t epoch)
{
	std::lock_guard<std::mutex> guard(mutex);
	std::vector<TouchedSlot> touched;
	for (const Place &place : places) {
		uint8_t *mark = &control->interfaces[place.entry].touched[epoch];
		if (!*mark)
			continue;
		*mark = 0;
		touched.push_back({place.slot, slots[place.slot].interfaceIndex});
	}
	std::sort(touched.begin(), touched.end(), [](const TouchedSlot &a, const TouchedSlot &b) { return a.slot < b.slot; });
	const auto end = std::unique(touched.begin(), touched.end(),
	                             [](const TouchedSlot &a, const TouchedSlot &b) { return a.slot == b.slot; });
	touched.erase(end, touched.end());
	return touched;
}

void InterfaceTable::endDrain()
{
	std::lock_guard<std::mutex> guard(mutex);
	const auto isFree = [this](const Place &place) {
		if (!place.removed || drains < place.drainsBefore + 2)
			return false;
		isTaken[place.entry] = false;
		slots[place.slot].places--;
		return true;
	};
	places.erase(std::remove_if(places.begin(), places.end(), isFree), places.end());
}

} // namespace knp
