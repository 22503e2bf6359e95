// SPDX-License-Identifier: MIT
// Opens, configures and loads a BPF object: the monitor's, its next version, or a companion object.
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
	Optional, // left out if the kernel refuses it
	Required, // if it is refused, loading fails
};

// Any thread. Methods throw NativeError with the messages of libbpf and the verifier (code EVERIFIER if the verifier refused).
class ObjectLoader
{
public:
	// `bytes` must stay until load() has returned; `name` is the prefix of .bss and .data.
	ObjectLoader(const void *bytes, size_t length, std::string name);

	bool hasMap(const std::string &name) const;
	// Throws EINVAL where keys or values have other sizes: what is read of it would run over its buffers. ENOENT without it.
	void requireMap(const std::string &name, uint32_t keyBytes, uint32_t valueBytes) const;

	void choosePrograms(std::function<ProgramNeed(const std::string &name)> need) { programNeed = std::move(need); }
	void resizeMap(const std::string &name, uint32_t entries) { mapEntries[name] = entries; }
	// Uses another object's map instead of this object's, if type and sizes are equal. ENOENT if one of them lacks it.
	void shareMap(const std::string &name, const LoadedObject &with);
	// All maps that both objects have, except for global variables.
	void shareMaps(const LoadedObject &with);

	// Once. Each refused optional program costs another attempt without it.
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
