// SPDX-License-Identifier: MIT
// Which interface counts in which slot: the table on the control page, and the slots that its interfaces have or have had.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "records.h"

namespace knp
{

// Where interfaces count, as a drain finds it.
struct TouchedSlot {
	uint16_t slot;
	uint32_t interfaceIndex;
};

class InterfaceTable
{
public:
	InterfaceTable(struct control *control, uint32_t slots);

	// Takes a free slot. Throws ENOSPC where all are taken, by interfaces or by those that have gone since the last two drains.
	uint16_t add(uint32_t interfaceIndex, uint8_t linkKind, bool ingressOnly);
	// In a slot of the caller's choice, which several interfaces may share; of an interface that is there the link changes.
	void set(uint32_t interfaceIndex, uint16_t slot, uint8_t linkKind, bool ingressOnly);
	// Programs count it no longer. Its slot is free after two drains from now: the first one's grace period ends the last program
	// that has found it, and that one may have counted in either epoch.
	void remove(uint32_t interfaceIndex);

	// Before the swap of the epoch.
	void beginDrain();
	// After the grace period: the slots that programs have counted in since the last drain of this epoch. Clears the marks.
	std::vector<TouchedSlot> takeTouched(uint32_t epoch);
	// What has been drained twice since it was removed is free again.
	void endDrain();

private:
	struct Place {
		uint32_t entry;
		uint32_t interfaceIndex;
		uint16_t slot;
		bool removed = false;
		uint64_t drainsBefore = 0; // begun before the removal
	};
	struct Slot {
		uint32_t interfaceIndex = 0; // the first of those that share it
		uint32_t places = 0;         // those of removed interfaces included
		uint32_t live = 0;
	};

	void insert(uint32_t interfaceIndex, uint16_t slot, uint16_t bits);
	uint32_t freeEntry(uint32_t interfaceIndex) const;
	Place *find(uint32_t interfaceIndex);

	struct control *const control;
	std::mutex mutex;
	std::vector<Slot> slots;
	std::vector<Place> places; // in use, or not yet free again
	std::vector<bool> isTaken; // by entry
	uint64_t drains = 0;
};

} // namespace knp
