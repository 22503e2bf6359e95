// SPDX-License-Identifier: MIT
// One BPF object of a user: loaded, with its XDP and TC programs verified; perhaps with maps of the object before it.
#pragma once

#include "objects/program_info.h"

#include <cstdint>
#include <string>
#include <vector>

struct bpf_object;

namespace knp
{

// A ring buffer may name the type of its events as its value; the kernel wants it without.
void stripRingTypes(struct bpf_object *object);

class LoadedObject
{
public:
	// `kept`: maps that are taken over from `before`, by name. Throws NativeError with all that libbpf and the verifier said.
	LoadedObject(const std::vector<uint8_t> &bytes, const std::string &name, const LoadedObject *before,
	             const std::vector<std::string> &kept);
	~LoadedObject();
	LoadedObject(const LoadedObject &) = delete;
	LoadedObject &operator=(const LoadedObject &) = delete;

	const struct bpf_object *get() const { return object; }
	int programFd(const std::string &name) const;
	std::vector<ProgramInfo> programs() const;

private:
	void choosePrograms();
	void chooseMaps(const LoadedObject *before, const std::vector<std::string> &kept);
	void load();

	struct bpf_object *object = nullptr;
};

} // namespace knp
