// SPDX-License-Identifier: MIT
// Opening, sizing and loading the BPF object, and the tables that its control page holds.
#include "objects/monitor_object.h"

#include "host/descriptor_limit.h"
#include "host/kernel_features.h"
#include "objects/loaded_object.h"
#include "host/memory_limit.h"
#include "host/native_error.h"
#include "privileges/signal_block.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/random.h>

namespace knp
{

namespace
{

// Two choices of 8 entries refuse nothing up to 0.63 load. Both halves begin on a page of any size (64 KiB at most).
uint32_t flowEntriesFor(uint32_t maxFlows)
{
	const uint64_t step = 65536 / sizeof(struct flow_counters);
	const uint64_t entries = uint64_t(maxFlows) * 8 / 5;
	return static_cast<uint32_t>((entries + step - 1) / step * step);
}

// -1: there is none of this name, or it was not loaded.
int loadedProgramFd(const struct bpf_object *object, const char *name)
{
	const struct bpf_program *program = bpf_object__find_program_by_name(object, name);
	return program ? bpf_program__fd(program) : -1;
}

} // namespace

MonitorObject::MonitorObject(const ObjectOptions &options)
	: capture(options.capture), interfaceSlots(options.interfaceSlots), flowEntries(0), flowsInHash(false)
{
	raiseMemoryLockLimit();
	raiseDescriptorLimit();
	LibbpfLog words;
	LIBBPF_OPTS(bpf_object_open_opts, open, .object_name = "network_monitor");
	object = bpf_object__open_mem(options.object, options.objectBytes, &open);
	if (!object)
		throw NativeError::fromErrno("open BPF object", errno, words.text());
	try {
		sizeMaps(options);
		choosePrograms(object, !options.embedded);
		load(object);
		controlPage = Mapping::ofMap(mapFd(KNP_CONTROL_MAP), roundUpToPage(sizeof(struct control)), 0, "map control");
		clockPage = Mapping::ofMap(mapFd("clock"), roundUpToPage(sizeof(struct clock_sample)), 0, "map clock");
		fillControl(options);
		measureMaps();
	} catch (...) {
		bpf_object__close(object);
		throw;
	}
	if (options.embedded) {
		embeddedBytes = options.object;
		embeddedLength = options.objectBytes;
	}
}

MonitorObject::~MonitorObject()
{
	controlPage.unmap();
	clockPage.unmap();
	closeObjects();
}

void MonitorObject::closeObjects()
{
	for (struct bpf_object *one : added)
		bpf_object__close(one);
	added.clear();
	bpf_object__close(object);
}

struct bpf_map *MonitorObject::map(const char *name) const
{
	struct bpf_map *found = bpf_object__find_map_by_name(object, name);
	if (!found)
		throw NativeError::fromErrno(std::string("find map ") + name, ENOENT, "the BPF object has no such map");
	return found;
}

int MonitorObject::mapFd(const char *name) const
{
	return bpf_map__fd(map(name));
}

uint32_t MonitorObject::mapValueBytes(const char *name) const
{
	return bpf_map__value_size(map(name));
}

int MonitorObject::programFd(const char *name) const
{
	int fd = loadedProgramFd(object, name);
	for (size_t i = 0; fd < 0 && i < added.size(); i++)
		fd = loadedProgramFd(added[i], name);
	if (fd < 0)
		throw NativeError::fromErrno(std::string("find program ") + name, ENOENT,
		                             "not in the BPF object, or not loaded");
	return fd;
}

int MonitorObject::neededProgramFd(const char *name)
{
	bool isLoaded = loadedProgramFd(object, name) >= 0;
	for (struct bpf_object *one : added)
		isLoaded |= loadedProgramFd(one, name) >= 0;
	if (!isLoaded && embeddedBytes && !capture)
		added.push_back(openWith(name));
	return programFd(name);
}

struct bpf_object *MonitorObject::openWith(const char *program) const
{
	LibbpfLog words;
	LIBBPF_OPTS(bpf_object_open_opts, open, .object_name = "network_monitor");
	struct bpf_object *one = bpf_object__open_mem(embeddedBytes, embeddedLength, &open);
	if (!one)
		throw NativeError::fromErrno("open BPF object", errno, words.text());
	try {
		stripRingTypes(one);
		struct bpf_program *each;
		bpf_object__for_each_program(each, one)
			bpf_program__set_autoload(each, strcmp(bpf_program__name(each), program) == 0);
		struct bpf_map *mine;
		bpf_object__for_each_map(mine, one)
		{
			// Constants are the program's own; control, a variable, is everyone's.
			if (bpf_map__is_internal(mine) && strcmp(bpf_map__name(mine), KNP_CONTROL_MAP) != 0)
				continue;
			int failed = bpf_map__reuse_fd(mine, mapFd(bpf_map__name(mine)));
			if (failed)
				throw NativeError::fromErrno(std::string("share map ") + bpf_map__name(mine), failed);
		}
		load(one);
	} catch (...) {
		bpf_object__close(one);
		throw;
	}
	return one;
}

void MonitorObject::sizeMaps(const ObjectOptions &options)
{
	flowsInHash = bpf_object__find_map_by_name(object, "flow_hash_even") != nullptr;
	flowEntries = flowsInHash ? options.maxFlows : flowEntriesFor(options.maxFlows);
	auto resize = [&](const char *name, uint32_t entries) {
		int failed = bpf_map__set_max_entries(map(name), entries);
		if (failed)
			throw NativeError::fromErrno(std::string("resize map ") + name, failed);
	};
	resize("totals", 2 * options.interfaceSlots * KNP_PROTOCOL_ROWS);
	if (flowsInHash) {
		resize("flow_hash_even", flowEntries);
		resize("flow_hash_odd", flowEntries);
	} else {
		resize("flow_hot", 2 * flowEntries);
		resize("flow_cold", 2 * flowEntries);
	}
	resize("events", options.ringBytes);
	stripRingTypes(object);
}

void MonitorObject::load(struct bpf_object *object)
{
	LibbpfLog words;
	const SignalBlock undisturbed;
	int failed = bpf_object__load(object);
	if (!failed)
		return;
	int number = -failed;
	if (number != EPERM && number != ENOMEM) {
		std::string missing = missingKernelFeatures();
		if (!missing.empty())
			throw NativeError::notSupported("load BPF object", number, missing + "\n" + words.text());
	}
	NativeError error = NativeError::fromErrno("load BPF object", number, words.text());
	if (words.verifierSpoke() && number != EPERM)
		error.code = "EVERIFIER";
	throw error;
}

void MonitorObject::fillControl(const ObjectOptions &options)
{
	struct control *page = control();
	page->abi_version = KNP_ABI_VERSION;
	page->epoch = 0;
	page->features = options.features;
	page->flow_buckets = flowEntries / KNP_FLOW_BUCKET_ENTRIES;
	page->sample_rate = 0;
	page->interface_slots = interfaceSlots;
	if (getrandom(page->seed, sizeof(page->seed), 0) != static_cast<ssize_t>(sizeof(page->seed)))
		throw NativeError::fromErrno("draw the flow table's seed", errno);
}

void MonitorObject::setInterface(uint32_t interfaceIndex, uint16_t slot, uint8_t linkKind, bool ingressOnly)
{
	const std::string operation = "set interface " + std::to_string(interfaceIndex);
	if (interfaceIndex == 0)
		throw NativeError::invalid(operation, "0 is no interface index");
	if (slot >= interfaceSlots)
		throw NativeError::invalid(operation, "slot " + std::to_string(slot) + " of " + std::to_string(interfaceSlots));
	struct interface_entry *free = nullptr;
	for (uint32_t probe = 0; probe < KNP_INTERFACE_PROBES; probe++) {
		struct interface_entry *entry = &control()->interfaces[(interfaceIndex + probe) % KNP_INTERFACE_TABLE_SIZE];
		if (entry->interface_index == interfaceIndex) {
			free = entry;
			break;
		}
		if (entry->interface_index == 0 && !free)
			free = entry;
	}
	if (!free)
		throw NativeError::fromErrno(operation, ENOSPC, "the interface table has no room near this index");
	free->slot = slot;
	free->link_kind = linkKind;
	free->ingress_only = ingressOnly;
	// The index last: a program that sees it sees the rest.
	__atomic_store_n(&free->interface_index, interfaceIndex, __ATOMIC_RELEASE);
}

void MonitorObject::removeInterface(uint32_t interfaceIndex)
{
	if (interfaceIndex == 0)
		return;
	for (uint32_t probe = 0; probe < KNP_INTERFACE_PROBES; probe++) {
		struct interface_entry *entry = &control()->interfaces[(interfaceIndex + probe) % KNP_INTERFACE_TABLE_SIZE];
		if (entry->interface_index == interfaceIndex)
			__atomic_store_n(&entry->interface_index, 0u, __ATOMIC_RELEASE);
	}
}

uint64_t MonitorObject::readClock() const
{
	uint8_t frame[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, test, .data_in = frame, .data_size_in = sizeof(frame));
	int failed = bpf_prog_test_run_opts(programFd("network_monitor_clock"), &test);
	if (failed)
		throw NativeError::fromErrno("read the programs' clock", failed);
	return clockPage.as<struct clock_sample>()->jiffies;
}

std::vector<ProgramInfo> MonitorObject::programs() const
{
	std::vector<ProgramInfo> list = describePrograms(object);
	for (const struct bpf_object *one : added) {
		std::vector<ProgramInfo> more = describePrograms(one);
		list.insert(list.end(), more.begin(), more.end());
	}
	return list;
}

// Before Linux 5.14 a process that has given up root may not read its own fdinfo: what was measured last stands then.
void MonitorObject::measureMaps()
{
	uint64_t sum = 0;
	struct bpf_map *one;
	bpf_object__for_each_map(one, object)
	{
		char path[64];
		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", bpf_map__fd(one));
		FILE *file = fopen(path, "re");
		if (!file)
			return;
		char line[128];
		unsigned long long bytes;
		while (fgets(line, sizeof(line), file)) {
			if (sscanf(line, "memlock: %llu", &bytes) == 1)
				sum += bytes;
		}
		fclose(file);
	}
	measuredMapBytes = sum;
}

} // namespace knp
