// SPDX-License-Identifier: MIT
// Opening and loading a user's object.
#include "objects/loaded_object.h"

#include "host/memory_limit.h"
#include "host/native_error.h"
#include "privileges/signal_block.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>

namespace knp
{

namespace
{

// libbpf before 1.3 doesn't know `tc/…` and `tcx/…`.
bool isTrafficControlSection(const char *section)
{
	for (const char *kind : {"tc", "tcx", "classifier"}) {
		const size_t length = strlen(kind);
		if (strncmp(section, kind, length) == 0 && (section[length] == '\0' || section[length] == '/'))
			return true;
	}
	return false;
}

NativeError withLibbpfLog(const std::string &operation, int number, const LibbpfLog &words)
{
	NativeError error = NativeError::fromErrno(operation, number, words.all());
	if (words.verifierSpoke() && error.number != EPERM)
		error.code = "EVERIFIER";
	return error;
}

} // namespace

void stripRingTypes(struct bpf_object *object)
{
	struct bpf_map *map;
	bpf_object__for_each_map(map, object)
	{
		if (bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF) {
			bpf_map__set_key_size(map, 0);
			bpf_map__set_value_size(map, 0);
		}
	}
}

LoadedObject::LoadedObject(const std::vector<uint8_t> &bytes, const std::string &name, const LoadedObject *before,
                           const std::vector<std::string> &kept)
{
	raiseMemoryLockLimit();
	LibbpfLog words;
	LIBBPF_OPTS(bpf_object_open_opts, open, .object_name = name.c_str());
	object = bpf_object__open_mem(bytes.data(), bytes.size(), &open);
	if (!object)
		throw withLibbpfLog("open BPF object", errno, words);
	try {
		choosePrograms();
		chooseMaps(before, kept);
		load();
	} catch (...) {
		bpf_object__close(object);
		throw;
	}
}

LoadedObject::~LoadedObject()
{
	bpf_object__close(object);
}

void LoadedObject::choosePrograms()
{
	struct bpf_program *program;
	bpf_object__for_each_program(program, object)
	{
		if (isTrafficControlSection(bpf_program__section_name(program)))
			bpf_program__set_type(program, BPF_PROG_TYPE_SCHED_CLS);
		const enum bpf_prog_type type = bpf_program__type(program);
		bpf_program__set_autoload(program, type == BPF_PROG_TYPE_XDP || type == BPF_PROG_TYPE_SCHED_CLS);
	}
}

void LoadedObject::chooseMaps(const LoadedObject *before, const std::vector<std::string> &kept)
{
	stripRingTypes(object);
	for (const std::string &name : kept) {
		struct bpf_map *mine = bpf_object__find_map_by_name(object, name.c_str());
		struct bpf_map *theirs = before ? bpf_object__find_map_by_name(before->object, name.c_str()) : nullptr;
		if (!mine || !theirs)
			throw NativeError::fromErrno("keep map " + name, ENOENT, "both objects must have it");
		int failed = bpf_map__reuse_fd(mine, bpf_map__fd(theirs));
		if (failed)
			throw NativeError::fromErrno("keep map " + name, failed);
	}
}

void LoadedObject::load()
{
	LibbpfLog words;
	const SignalBlock undisturbed;
	int failed = bpf_object__load(object);
	if (failed)
		throw withLibbpfLog("load BPF object", failed, words);
}

int LoadedObject::programFd(const std::string &name) const
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, name.c_str());
	int fd = program ? bpf_program__fd(program) : -1;
	if (fd < 0)
		throw NativeError::fromErrno("find program " + name, ENOENT, "not in the BPF object, or neither XDP nor TC");
	return fd;
}

std::vector<ProgramInfo> LoadedObject::programs() const
{
	return describePrograms(object);
}

} // namespace knp
