// SPDX-License-Identifier: MIT
// Maps interfaces to counter slots: the table on the control page, and the slots in use or not yet free again.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "records.h"

namespace knp
{

// A slot with traffic, as a drain finds it.
struct TouchedSlot {
	uint16_t slot;
	uint32_t interfaceIndex;
};

class InterfaceTable
{
public:
	InterfaceTable(struct control *control, uint32_t slots);

	// Allocates a free slot. Throws ENOSPC if all are in use, by interfaces or by those removed since the last two drains.
	uint16_t add(uint32_t interfaceIndex, uint8_t linkKind, bool ingressOnly);
	// Uses the caller's slot, which several interfaces may share; for an interface already present its link changes.
	void set(uint32_t interfaceIndex, uint16_t slot, uint8_t linkKind, bool ingressOnly);
	// Programs no longer count it. Its slot is free two drains from now: the grace period of the first ends the last program
	// that found it, and that program may have counted in either epoch.
	void remove(uint32_t interfaceIndex);

	// Before the swap of the epoch.
	void beginDrain();
	// After the grace period: the slots with traffic since the last drain of this epoch. Clears the marks.
	std::vector<TouchedSlot> takeTouched(uint32_t epoch);
	// Frees slots that were drained twice since their removal.
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
