// SPDX-License-Identifier: MIT
// The monitor's object: its maps sized, its programs verified, its control page mapped.
#pragma once

#include "host/file_descriptor.h"
#include "objects/interface_table.h"
#include "objects/object_loader.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "records.h"

namespace knp
{

struct ObjectOptions {
	const void *object; // bytes of the ELF file
	size_t objectBytes;
	bool embedded; // the addon's own bytes, which stay valid: programs are loaded when needed
	uint32_t maxFlows;
	uint32_t interfaceSlots;
	uint32_t features;
	uint32_t ringBytes;
	bool capture;
};

class MonitorObject
{
public:
	explicit MonitorObject(const ObjectOptions &options);
	MonitorObject(const MonitorObject &) = delete;
	MonitorObject &operator=(const MonitorObject &) = delete;

	int mapFd(const char *name) const { return object->mapFd(name); }
	uint32_t mapValueBytes(const char *name) const { return object->mapValueBytes(name); }
	// Throws NativeError ENOENT.
	LoadedProgram program(const std::string &name) const;
	// Loads the program on first use: verification takes longer than the rest of a start.
	LoadedProgram neededProgram(const std::string &name);
	struct control *control() const { return controlPage.as<struct control>(); }
	InterfaceTable &interfaces() const { return *interfaceTable; }

	// The programs' own clock, jiffies; captures have none.
	uint64_t readClock() const;

	std::vector<ProgramInfo> programs() const;
	// Kernel memory of the maps, measured at their creation: it doesn't change after that.
	uint64_t mapBytes() const { return measuredMapBytes; }
	// The currently loaded object; other threads' references keep it alive after a replacement.
	std::shared_ptr<const LoadedObject> version() const { return object; }

	// Another version, verified beside `before` and sharing the maps of it that it keeps. Any thread.
	static std::shared_ptr<LoadedObject> loadNext(const LoadedObject &before, bool capture,
	                                              const std::vector<uint8_t> &bytes, const std::vector<std::string> &kept);
	// Replaces this version by the next.
	void adopt(std::shared_ptr<LoadedObject> next);

	const bool capture;
	const uint32_t interfaceSlots;
	uint32_t restRows;    // of one epoch: for protocols other than the commonest
	uint32_t flowEntries; // of one epoch
	bool flowsInHash;     // the object for kernels without compare-and-swap

private:
	std::shared_ptr<LoadedObject> loadAlone(const std::string &program) const;
	void sizeMaps(ObjectLoader &loader, const ObjectOptions &options);
	void fillControl(const ObjectOptions &options);
	void measureMaps();

	std::shared_ptr<LoadedObject> object;
	std::vector<std::shared_ptr<LoadedObject>> added; // of one program each, sharing the same maps
	const void *embeddedBytes = nullptr;
	size_t embeddedLength = 0;
	uint64_t measuredMapBytes = 0;
	Mapping controlPage;
	std::unique_ptr<InterfaceTable> interfaceTable;
	Mapping clockPage;
};

} // namespace knp
