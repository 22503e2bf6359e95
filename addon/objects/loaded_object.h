// SPDX-License-Identifier: MIT
// One BPF object in the kernel, with its maps and programs. Created by object_loader.h; shared with readers on other threads.
#pragma once

#include "attach/loaded_program.h"
#include "objects/program_info.h"

#include <memory>
#include <string>
#include <vector>

struct bpf_map;
struct bpf_object;

namespace knp
{

// A program that the kernel refused and that was left out.
struct RefusedProgram {
	std::string name;
	std::string code; // as NativeError's
	int number;
	std::string detail;
};

struct BpfObjectCloser {
	void operator()(struct bpf_object *object) const;
};
using BpfObjectOwner = std::unique_ptr<struct bpf_object, BpfObjectCloser>;

class LoadedObject
{
public:
	LoadedObject(BpfObjectOwner object, std::vector<RefusedProgram> refused)
		: object(std::move(object)), refusedPrograms(std::move(refused))
	{
	}

	const struct bpf_object *get() const { return object.get(); }
	bool hasMap(const std::string &name) const;
	// Throw NativeError ENOENT.
	int mapFd(const std::string &name) const;
	uint32_t mapValueBytes(const std::string &name) const;

	// False: no program of this name, or not loaded.
	bool hasProgram(const std::string &name) const;
	// Throws NativeError ENOENT.
	LoadedProgram program(const std::string &name) const;
	std::vector<ProgramInfo> programs() const { return describePrograms(object.get()); }
	const std::vector<RefusedProgram> &refused() const { return refusedPrograms; }

private:
	struct bpf_map *map(const std::string &name) const;

	const BpfObjectOwner object;
	const std::vector<RefusedProgram> refusedPrograms;
};

} // namespace knp
