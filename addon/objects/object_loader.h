// SPDX-License-Identifier: MIT
// Opens, configures and loads a BPF object: the monitor's, the next version of one, one that runs beside it.
#pragma once

#include "objects/loaded_object.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace knp
{

enum class ProgramNeed {
	None,     // not loaded
	Optional, // left out where the kernel refuses it; the others go on
	Required, // without it there is no object
};

// Any thread. Methods throw NativeError with all that libbpf and the verifier said (code EVERIFIER where it was the verifier).
class ObjectLoader
{
public:
	// `bytes` must stay until load() has returned; `name` is the prefix of .bss and .data.
	ObjectLoader(const void *bytes, size_t length, std::string name);

	bool hasMap(const std::string &name) const;

	void choosePrograms(std::function<ProgramNeed(const std::string &name)> need) { programNeed = std::move(need); }
	void resizeMap(const std::string &name, uint32_t entries) { mapEntries[name] = entries; }
	// A map of another object stands in for this one's, if type and sizes are the same. ENOENT where one of them lacks it.
	void shareMap(const std::string &name, const LoadedObject &with);
	// All maps of the other object that this one has, too, but for its global variables.
	void shareMaps(const LoadedObject &with);

	// Once. Optional programs are tried with the others: each that is refused costs another try without it.
	std::shared_ptr<LoadedObject> load();

private:
	BpfObjectOwner open() const;
	void configure(struct bpf_object *object) const;
	ProgramNeed needOf(const std::string &program) const;

	const void *const bytes;
	const size_t length;
	const std::string name;
	std::function<ProgramNeed(const std::string &)> programNeed;
	std::map<std::string, uint32_t> mapEntries;
	std::map<std::string, int> sharedMaps; // descriptors of other objects' maps
	std::vector<RefusedProgram> refused;
	BpfObjectOwner opened;
};

} // namespace knp
