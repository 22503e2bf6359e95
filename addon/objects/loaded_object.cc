// SPDX-License-Identifier: MIT
// Finds maps and programs by name.
#include "objects/loaded_object.h"

#include "host/native_error.h"

#include <bpf/libbpf.h>
#include <cerrno>

namespace knp
{

namespace
{

// -1: no program of this name, or not loaded.
int programFd(const struct bpf_object *object, const std::string &name)
{
	const struct bpf_program *program = bpf_object__find_program_by_name(object, name.c_str());
	return program ? bpf_program__fd(program) : -1;
}

} // namespace

void BpfObjectCloser::operator()(struct bpf_object *object) const
{
	bpf_object__close(object);
}

struct bpf_map *LoadedObject::map(const std::string &name) const
{
	struct bpf_map *found = bpf_object__find_map_by_name(object.get(), name.c_str());
	if (!found)
		throw NativeError::fromErrno("find map " + name, ENOENT, "the BPF object has no such map");
	return found;
}

bool LoadedObject::hasMap(const std::string &name) const
{
	return bpf_object__find_map_by_name(object.get(), name.c_str()) != nullptr;
}

int LoadedObject::mapFd(const std::string &name) const
{
	return bpf_map__fd(map(name));
}

uint32_t LoadedObject::mapValueBytes(const std::string &name) const
{
	return bpf_map__value_size(map(name));
}

bool LoadedObject::hasProgram(const std::string &name) const
{
	return programFd(object.get(), name) >= 0;
}

LoadedProgram LoadedObject::program(const std::string &name) const
{
	const struct bpf_program *program = bpf_object__find_program_by_name(object.get(), name.c_str());
	const int fd = program ? bpf_program__fd(program) : -1;
	if (fd < 0)
		throw NativeError::fromErrno("find program " + name, ENOENT, "not in the BPF object, or not loaded");
	return {fd, bpf_program__section_name(program), bpf_program__type(program), bpf_program__expected_attach_type(program)};
}

} // namespace knp
