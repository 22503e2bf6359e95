// SPDX-License-Identifier: MIT
// NativeMap of contract.ts: one BPF map, with its own descriptor, independent of the object that created it.
#pragma once

#include "events/event_delivery.h"
#include "host/file_descriptor.h"

#include <memory>
#include <napi.h>
#include <vector>

struct bpf_map;
struct bpf_object;

namespace knp
{

struct MapShape {
	uint32_t type = 0;
	uint32_t id = 0;
	uint32_t keyBytes = 0;
	uint32_t valueBytes = 0; // of one value, without padding
	uint32_t maxEntries = 0;
	uint32_t flags = 0;
	uint32_t rowBytes = 0; // of what a look-up returns: every possible CPU's value, with padding
	bool readable() const;
};

// State shared with work off the main thread; lives until the last of it has ended.
struct MapHandle {
	FileDescriptor fd;
	MapShape shape;
	std::string name;
};

class ObjectMap : public Napi::ObjectWrap<ObjectMap>
{
public:
	// Keeps the class for list(), in the addon's instance data.
	static void define(Napi::Env env);
	explicit ObjectMap(const Napi::CallbackInfo &info);
	~ObjectMap() override = default;

	// An array of ObjectMaps, one for each map of a loaded object.
	static Napi::Array list(Napi::Env env, const struct bpf_object *object);

private:
	Napi::Value entries(const Napi::CallbackInfo &info);
	Napi::Value lookup(const Napi::CallbackInfo &info);
	void update(const Napi::CallbackInfo &info);
	Napi::Value remove(const Napi::CallbackInfo &info);
	Napi::Value takeEvents(const Napi::CallbackInfo &info);
	Napi::Value takeRingHighWaterBytes(const Napi::CallbackInfo &info);
	void onEvents(const Napi::CallbackInfo &info);
	void close(const Napi::CallbackInfo &info);
	const MapHandle &open(const char *operation) const;
	const MapHandle &openReadable(const char *operation) const;

	std::shared_ptr<MapHandle> handle;
	std::unique_ptr<EventDelivery> events;
};

} // namespace knp
