// SPDX-License-Identifier: MIT
// libbpf loads an object as a whole or not at all: a refused optional program is left out, and the object is opened and loaded again.
#include "objects/object_loader.h"

#include "host/descriptor_limit.h"
#include "host/memory_limit.h"
#include "host/native_error.h"
#include "privileges/signal_block.h"

#include <algorithm>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace knp
{

namespace
{

bool beginsWith(const char *section, const char *kind)
{
	const size_t length = strlen(kind);
	return strncmp(section, kind, length) == 0 && (section[length] == '\0' || section[length] == '/');
}

// Section names that libbpf doesn't know: `tc/…` and `tcx/…` before 1.3, and a perf event with its frequency.
void setTypeBySection(struct bpf_program *program)
{
	const char *section = bpf_program__section_name(program);
	for (const char *kind : {"tc", "tcx", "classifier"})
		if (beginsWith(section, kind))
			bpf_program__set_type(program, BPF_PROG_TYPE_SCHED_CLS);
	if (beginsWith(section, "perf_event"))
		bpf_program__set_type(program, BPF_PROG_TYPE_PERF_EVENT);
}

// A ring buffer may name the type of its events as its value type; the kernel refuses a value type.
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

NativeError withLog(const std::string &operation, int number, const LibbpfLog &log)
{
	// libbpf guesses at RLIMIT_MEMLOCK; the limit that was hit says more.
	if (std::abs(number) == EMFILE)
		return NativeError::fromErrno(operation, number);
	NativeError error = NativeError::fromErrno(operation, number, log.all());
	if (log.verifierSpoke() && error.number != EPERM)
		error.code = "EVERIFIER";
	return error;
}

// libbpf's last message names the program that failed: `prog 'name': failed to …`. Empty for other failures.
std::string refusedProgram(const std::string &log)
{
	constexpr const char *mark = "prog '";
	const size_t start = log.rfind(mark);
	if (start == std::string::npos)
		return {};
	const size_t name = start + strlen(mark);
	const size_t end = log.find('\'', name);
	return end == std::string::npos ? std::string() : log.substr(name, end - name);
}

} // namespace

ObjectLoader::ObjectLoader(const void *bytes, size_t length, std::string name)
	: bytes(bytes), length(length), name(std::move(name))
{
	raiseMemoryLockLimit();
	raiseDescriptorLimit();
	opened = open();
}

BpfObjectOwner ObjectLoader::open() const
{
	LibbpfLog log;
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name.c_str());
	BpfObjectOwner object(bpf_object__open_mem(bytes, length, &options));
	if (!object)
		throw withLog("open BPF object", errno, log);
	stripRingTypes(object.get());
	return object;
}

bool ObjectLoader::hasMap(const std::string &name) const
{
	return bpf_object__find_map_by_name(opened.get(), name.c_str()) != nullptr;
}

void ObjectLoader::requireMap(const std::string &name, uint32_t keyBytes, uint32_t valueBytes) const
{
	const struct bpf_map *map = bpf_object__find_map_by_name(opened.get(), name.c_str());
	if (!map)
		throw NativeError::fromErrno("read map " + name, ENOENT, "the object doesn't define it");
	if (bpf_map__key_size(map) == keyBytes && bpf_map__value_size(map) == valueBytes)
		return;
	throw NativeError::invalid("read map " + name, "its keys and values have " + std::to_string(bpf_map__key_size(map)) +
	                                                       " and " + std::to_string(bpf_map__value_size(map)) +
	                                                       " bytes, this program reads " + std::to_string(keyBytes) +
	                                                       " and " + std::to_string(valueBytes));
}

void ObjectLoader::shareMap(const std::string &name, const LoadedObject &with)
{
	const std::string operation = "keep map " + name;
	struct bpf_map *mine = bpf_object__find_map_by_name(opened.get(), name.c_str());
	struct bpf_map *theirs = bpf_object__find_map_by_name(with.get(), name.c_str());
	if (!mine || !theirs)
		throw NativeError::fromErrno(operation, ENOENT, "both objects must have it");
	if (bpf_map__type(mine) != bpf_map__type(theirs) || bpf_map__value_size(mine) != bpf_map__value_size(theirs) ||
	    bpf_map__key_size(mine) != bpf_map__key_size(theirs))
		throw NativeError::invalid(operation, "its type or sizes have changed");
	sharedMaps[name] = bpf_map__fd(theirs);
}

void ObjectLoader::shareMaps(const LoadedObject &with)
{
	struct bpf_map *map;
	bpf_object__for_each_map(map, opened.get())
	{
		// Constants are never shared.
		if (!bpf_map__is_internal(map))
			shareMap(bpf_map__name(map), with);
	}
}

ProgramNeed ObjectLoader::needOf(const std::string &program) const
{
	const bool isRefused = std::any_of(refused.begin(), refused.end(),
	                                   [&](const RefusedProgram &candidate) { return candidate.name == program; });
	if (isRefused)
		return ProgramNeed::None;
	return programNeed ? programNeed(program) : ProgramNeed::Required;
}

void ObjectLoader::configure(struct bpf_object *object) const
{
	struct bpf_program *program;
	bpf_object__for_each_program(program, object)
	{
		setTypeBySection(program);
		bpf_program__set_autoload(program, needOf(bpf_program__name(program)) != ProgramNeed::None);
	}
	for (const auto &[name, entries] : mapEntries) {
		struct bpf_map *map = bpf_object__find_map_by_name(object, name.c_str());
		int failed = map ? bpf_map__set_max_entries(map, entries) : -ENOENT;
		if (failed)
			throw NativeError::fromErrno("resize map " + name, failed);
	}
	for (const auto &[name, fd] : sharedMaps) {
		int failed = bpf_map__reuse_fd(bpf_object__find_map_by_name(object, name.c_str()), fd);
		if (failed)
			throw NativeError::fromErrno("keep map " + name, failed);
	}
}

std::shared_ptr<LoadedObject> ObjectLoader::load()
{
	for (;;) {
		BpfObjectOwner object = opened ? std::move(opened) : open();
		configure(object.get());
		int failed;
		LibbpfLog log;
		{
			const SignalBlock undisturbed;
			failed = bpf_object__load(object.get());
		}
		if (!failed)
			return std::make_shared<LoadedObject>(std::move(object), std::move(refused));
		NativeError error = withLog("load BPF object", failed, log);
		const std::string program = refusedProgram(log.all());
		if (program.empty() || needOf(program) != ProgramNeed::Optional)
			throw error;
		refused.push_back({program, error.code, error.number, error.detail});
	}
}

} // namespace knp
