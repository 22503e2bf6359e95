// SPDX-License-Identifier: MIT
// Sizes, loads and replaces the monitor's object, and sets up the tables of its control page.
#include "objects/monitor_object.h"

#include "host/kernel_features.h"
#include "host/native_error.h"

#include <algorithm>
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

constexpr const char *objectName = "network_monitor";

// With two buckets of 8 entries per key, no insertion fails up to a load of 0.63. Both halves are aligned to the largest page size (64 KiB).
uint32_t flowEntriesFor(uint32_t maxFlows)
{
	const uint64_t step = 65536 / sizeof(struct flow_counters);
	const uint64_t entries = uint64_t(maxFlows) * 8 / 5;
	return static_cast<uint32_t>((entries + step - 1) / step * step);
}

// Enough for every protocol on one interface, or many protocols on all: 88 bytes each. Traffic beyond it counts as PROTOCOL_OTHER.
uint32_t restRowsFor(uint32_t interfaceSlots)
{
	return std::clamp(interfaceSlots * 16, 512u, 8192u);
}

// Maps that the addon maps, drains or writes interfaces to: another copy of these would start at zero and never be read.
constexpr const char *sharedMaps[] = {
	KNP_CONTROL_MAP,  "totals",        "protocol_rest_even", "protocol_rest_odd", "counters", "flow_hot", "flow_cold",
	"flow_hash_even", "flow_hash_odd", "flow_new",           "flow_socket",       "clock",    "events"};

// An object of a user's may say our ABI number and have been compiled with other records.
void requireSizes(const ObjectLoader &loader, bool flowsInHash)
{
	constexpr uint32_t keyBytes = sizeof(uint32_t);
	loader.requireMap(KNP_CONTROL_MAP, keyBytes, sizeof(struct control));
	loader.requireMap("totals", keyBytes, sizeof(struct slot_totals));
	loader.requireMap("protocol_rest_even", keyBytes, sizeof(struct traffic_counter));
	loader.requireMap("protocol_rest_odd", keyBytes, sizeof(struct traffic_counter));
	loader.requireMap("counters", keyBytes, sizeof(struct traffic_counter));
	loader.requireMap("clock", keyBytes, sizeof(struct clock_sample));
	if (flowsInHash) {
		loader.requireMap("flow_hash_even", sizeof(uint64_t), sizeof(struct flow_record));
		loader.requireMap("flow_hash_odd", sizeof(uint64_t), sizeof(struct flow_record));
	} else {
		loader.requireMap("flow_hot", keyBytes, sizeof(struct flow_counters));
		loader.requireMap("flow_cold", keyBytes, sizeof(struct flow_cold_entry));
	}
}

// `whole`: also all programs that see packets; else they are loaded when needed. Captures have their own clock, and are read by the one
// program that a capture session loads.
ProgramNeed needOf(const std::string &program, bool capture, bool whole)
{
	const bool forCaptures = program.find("_capture") != std::string::npos;
	const bool isLoaded = program == "network_monitor_clock" ? !capture : forCaptures == capture && (whole || capture);
	return isLoaded ? ProgramNeed::Required : ProgramNeed::None;
}

// The error for our own object: the missing kernel feature, if that is the cause, and as much of the log as an error can show.
NativeError ownFailure(NativeError error)
{
	const std::string log = LibbpfLog::tail(error.detail);
	if (error.operation == "load BPF object" && error.number != EPERM && error.number != ENOMEM) {
		const std::string missing = missingKernelFeatures();
		if (!missing.empty())
			return NativeError::notSupported(error.operation, error.number, missing + "\n" + log);
	}
	error.detail = log;
	return error;
}

template <typename Body> auto loadingOurs(Body body) -> decltype(body())
{
	try {
		return body();
	} catch (const NativeError &error) {
		throw ownFailure(error);
	}
}

} // namespace

MonitorObject::MonitorObject(const ObjectOptions &options)
	: capture(options.capture), interfaceSlots(options.interfaceSlots), restRows(restRowsFor(options.interfaceSlots)),
	  flowEntries(0), flowsInHash(false)
{
	object = loadingOurs([&] {
		ObjectLoader loader(options.object, options.objectBytes, objectName);
		sizeMaps(loader, options);
		loader.choosePrograms([&](const std::string &name) { return needOf(name, capture, !options.embedded); });
		return loader.load();
	});
	controlPage = Mapping::ofMap(mapFd(KNP_CONTROL_MAP), roundUpToPage(sizeof(struct control)), 0, "map control");
	clockPage = Mapping::ofMap(mapFd("clock"), roundUpToPage(sizeof(struct clock_sample)), 0, "map clock");
	fillControl(options);
	interfaceTable = std::make_unique<InterfaceTable>(control(), interfaceSlots);
	measureMaps();
	if (options.embedded) {
		embeddedBytes = options.object;
		embeddedLength = options.objectBytes;
	}
}

LoadedProgram MonitorObject::program(const std::string &name) const
{
	for (const auto &extra : added)
		if (extra->hasProgram(name))
			return extra->program(name);
	return object->program(name);
}

LoadedProgram MonitorObject::neededProgram(const std::string &name)
{
	bool isLoaded = object->hasProgram(name);
	for (const auto &extra : added)
		isLoaded |= extra->hasProgram(name);
	if (!isLoaded && embeddedBytes && !capture)
		added.push_back(loadAlone(name));
	return program(name);
}

std::shared_ptr<LoadedObject> MonitorObject::loadAlone(const std::string &program) const
{
	return loadingOurs([&] {
		ObjectLoader loader(embeddedBytes, embeddedLength, objectName);
		loader.choosePrograms(
			[&](const std::string &name) { return name == program ? ProgramNeed::Required : ProgramNeed::None; });
		loader.shareMaps(*object);
		// A global variable's map, which all objects share.
		loader.shareMap(KNP_CONTROL_MAP, *object);
		return loader.load();
	});
}

std::shared_ptr<LoadedObject> MonitorObject::loadNext(const LoadedObject &before, bool capture,
                                                      const std::vector<uint8_t> &bytes, const std::vector<std::string> &kept)
{
	ObjectLoader loader(bytes.data(), bytes.size(), objectName);
	// Not every variant of the object has all of them.
	for (const char *name : sharedMaps)
		if (before.hasMap(name))
			loader.shareMap(name, before);
	for (const std::string &name : kept)
		loader.shareMap(name, before);
	loader.choosePrograms([capture](const std::string &name) { return needOf(name, capture, true); });
	return loader.load();
}

void MonitorObject::adopt(std::shared_ptr<LoadedObject> next)
{
	added.clear();
	object = std::move(next);
	embeddedBytes = nullptr; // the next version was loaded as a whole
	measureMaps();
}

void MonitorObject::sizeMaps(ObjectLoader &loader, const ObjectOptions &options)
{
	flowsInHash = loader.hasMap("flow_hash_even");
	requireSizes(loader, flowsInHash);
	flowEntries = flowsInHash ? options.maxFlows : flowEntriesFor(options.maxFlows);
	loader.resizeMap("totals", 2 * options.interfaceSlots);
	loader.resizeMap("protocol_rest_even", restRows);
	loader.resizeMap("protocol_rest_odd", restRows);
	if (flowsInHash) {
		loader.resizeMap("flow_hash_even", flowEntries);
		loader.resizeMap("flow_hash_odd", flowEntries);
	} else {
		loader.resizeMap("flow_hot", 2 * flowEntries);
		loader.resizeMap("flow_cold", 2 * flowEntries);
	}
	loader.resizeMap("events", options.ringBytes);
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

uint64_t MonitorObject::readClock() const
{
	uint8_t frame[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, test, .data_in = frame, .data_size_in = sizeof(frame));
	int failed = bpf_prog_test_run_opts(program("network_monitor_clock").fd, &test);
	if (failed)
		throw NativeError::fromErrno("read the programs' clock", failed);
	return clockPage.as<struct clock_sample>()->jiffies;
}

std::vector<ProgramInfo> MonitorObject::programs() const
{
	std::vector<ProgramInfo> list = object->programs();
	for (const auto &extra : added) {
		std::vector<ProgramInfo> more = extra->programs();
		list.insert(list.end(), more.begin(), more.end());
	}
	return list;
}

// Before Linux 5.14 a process that has given up root may not read its own fdinfo: then the last measured value stays.
void MonitorObject::measureMaps()
{
	uint64_t sum = 0;
	struct bpf_map *map;
	bpf_object__for_each_map(map, object->get())
	{
		char path[64];
		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", bpf_map__fd(map));
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
