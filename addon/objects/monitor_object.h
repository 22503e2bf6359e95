// SPDX-License-Identifier: MIT
// One loaded BPF object: its maps sized, its programs verified, its control page mapped.
#pragma once

#include "host/file_descriptor.h"
#include "objects/program_info.h"

#include <cstdint>
#include <string>
#include <vector>

#include "records.h"

struct bpf_map;
struct bpf_object;
struct bpf_program;

namespace knp
{

struct ObjectOptions {
	const void *object; // bytes of the ELF file
	size_t objectBytes;
	bool embedded; // they are ours, and stay where they are: programs are loaded when they are needed
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
	~MonitorObject();
	MonitorObject(const MonitorObject &) = delete;
	MonitorObject &operator=(const MonitorObject &) = delete;

	int mapFd(const char *name) const;
	uint32_t mapValueBytes(const char *name) const;
	int programFd(const char *name) const;
	// Loads it first where nothing has needed it yet: verifying one takes longer than everything else at a start.
	int neededProgramFd(const char *name);
	struct control *control() const { return controlPage.as<struct control>(); }

	void setInterface(uint32_t interfaceIndex, uint16_t slot, uint8_t linkKind, bool ingressOnly);
	void removeInterface(uint32_t interfaceIndex);

	// The programs' own clock, jiffies; captures have none.
	uint64_t readClock() const;

	std::vector<ProgramInfo> programs() const;
	// Kernel memory that the maps hold, as measured when they were made: it doesn't change after that.
	uint64_t mapBytes() const { return measuredMapBytes; }
	const struct bpf_object *get() const { return object; }

	// Another version over the maps that it keeps, verified beside this one; on any thread. Its owner is who calls adopt().
	struct bpf_object *loadNext(const std::vector<uint8_t> &bytes, const std::vector<std::string> &kept) const;
	// The next version takes the place of this one, which is closed.
	void adopt(struct bpf_object *next);

	const bool capture;
	const uint32_t interfaceSlots;
	uint32_t flowEntries; // of one epoch
	bool flowsInHash;     // the object for kernels without compare-and-swap

private:
	void choosePrograms(struct bpf_object *of, bool all) const;
	struct bpf_object *openWith(const char *program) const;
	void closeObjects();
	void sizeMaps(const ObjectOptions &options);
	static void load(struct bpf_object *object);
	void fillControl(const ObjectOptions &options);
	void measureMaps();
	struct bpf_map *map(const char *name) const;

	struct bpf_object *object = nullptr;
	std::vector<struct bpf_object *> added; // of one program each, over the same maps
	const void *embeddedBytes = nullptr;
	size_t embeddedLength = 0;
	uint64_t measuredMapBytes = 0;
	Mapping controlPage;
	Mapping clockPage;
};

} // namespace knp
