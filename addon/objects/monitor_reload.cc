// SPDX-License-Identifier: MIT
// Another version of the monitor's object over the same maps: what was counted stays, and nothing is missed on the way.
#include "objects/loaded_object.h"
#include "objects/monitor_object.h"
#include "host/native_error.h"
#include "privileges/signal_block.h"

#include <algorithm>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>

namespace knp
{

namespace
{

// Mapped, drained, or told of interfaces: another copy of these would begin at zero, unseen.
constexpr const char *sharedMaps[] = {KNP_CONTROL_MAP,  "totals",        "counters", "flow_hot", "flow_cold",
                                      "flow_hash_even", "flow_hash_odd", "flow_new", "clock",    "events"};

void keepMap(struct bpf_object *next, const struct bpf_object *before, const char *name)
{
	const std::string operation = std::string("keep map ") + name;
	struct bpf_map *mine = bpf_object__find_map_by_name(next, name);
	struct bpf_map *theirs = bpf_object__find_map_by_name(before, name);
	if (!mine || !theirs)
		throw NativeError::fromErrno(operation, ENOENT, "both versions must have it");
	if (bpf_map__type(mine) != bpf_map__type(theirs) || bpf_map__value_size(mine) != bpf_map__value_size(theirs) ||
	    bpf_map__key_size(mine) != bpf_map__key_size(theirs))
		throw NativeError::invalid(operation, "its type or sizes have changed");
	int failed = bpf_map__reuse_fd(mine, bpf_map__fd(theirs));
	if (failed)
		throw NativeError::fromErrno(operation, failed);
}

} // namespace

void MonitorObject::choosePrograms(struct bpf_object *of, bool all) const
{
	struct bpf_program *program;
	bpf_object__for_each_program(program, of)
	{
		const char *name = bpf_program__name(program);
		const bool forCaptures = strstr(name, "_capture") != nullptr;
		// Captures have no clock but their own, and are read by the one program that a session for them has.
		const bool isClock = strcmp(name, "network_monitor_clock") == 0;
		bpf_program__set_autoload(program, isClock ? !capture : forCaptures == capture && (all || capture));
	}
}

struct bpf_object *MonitorObject::loadNext(const std::vector<uint8_t> &bytes, const std::vector<std::string> &kept) const
{
	LibbpfLog words;
	const auto failure = [&](const char *operation, int number) {
		NativeError error = NativeError::fromErrno(operation, number, words.all());
		if (words.verifierSpoke() && error.number != EPERM)
			error.code = "EVERIFIER";
		return error;
	};
	LIBBPF_OPTS(bpf_object_open_opts, open, .object_name = "network_monitor");
	struct bpf_object *next = bpf_object__open_mem(bytes.data(), bytes.size(), &open);
	if (!next)
		throw failure("open BPF object", errno);
	try {
		stripRingTypes(next);
		// Not all kernels' variants have all of them.
		for (const char *name : sharedMaps) {
			if (bpf_object__find_map_by_name(object, name))
				keepMap(next, object, name);
		}
		for (const std::string &name : kept) {
			if (std::find(std::begin(sharedMaps), std::end(sharedMaps), name) == std::end(sharedMaps))
				keepMap(next, object, name.c_str());
		}
		choosePrograms(next, true);
		const SignalBlock undisturbed;
		int failed = bpf_object__load(next);
		if (failed)
			throw failure("load BPF object", failed);
	} catch (...) {
		bpf_object__close(next);
		throw;
	}
	return next;
}

void MonitorObject::adopt(struct bpf_object *next)
{
	// Descriptors of the maps were duplicated: closing the old version leaves the maps alone.
	closeObjects();
	object = next;
	embeddedBytes = nullptr; // the next version was loaded whole
	measureMaps();
}

} // namespace knp
