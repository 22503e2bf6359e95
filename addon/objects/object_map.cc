// SPDX-License-Identifier: MIT
// The methods of a map.
#include "objects/object_map.h"

#include "javascript/async_task.h"
#include "javascript/javascript.h"
#include "objects/map_entries.h"
#include "host/possible_cpus.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>

namespace knp
{

namespace
{

constexpr uint32_t entriesMax = 1 << 20;

bool isPerCpu(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

MapShape shapeOf(int fd, const std::string &name)
{
	struct bpf_map_info info = {};
	uint32_t length = sizeof(info);
	int failed = bpf_obj_get_info_by_fd(fd, &info, &length);
	if (failed)
		throw NativeError::fromErrno("describe map " + name, failed);
	MapShape shape = {info.type,        info.id,        info.key_size,  info.value_size,
	                  info.max_entries, info.map_flags, info.value_size};
	if (isPerCpu(info.type))
		shape.rowBytes = (info.value_size + 7) / 8 * 8 * possibleCpus();
	return shape;
}

std::vector<uint8_t> bytesArgument(const Napi::Value &value, const char *name, uint32_t bytes)
{
	if (!value.IsTypedArray() || value.As<Napi::TypedArray>().ByteLength() != bytes)
		throw NativeError::invalid("read the arguments",
		                           std::string(name) + " must be a Uint8Array of " + std::to_string(bytes) + " bytes");
	const auto array = value.As<Napi::TypedArray>();
	const auto *start = static_cast<const uint8_t *>(array.ArrayBuffer().Data()) + array.ByteOffset();
	return std::vector<uint8_t>(start, start + bytes);
}

napi_value bufferOf(napi_env env, const std::vector<uint8_t> &bytes)
{
	void *into;
	napi_value buffer;
	if (napi_create_arraybuffer(env, bytes.size(), &into, &buffer) != napi_ok)
		return nullptr;
	if (!bytes.empty())
		memcpy(into, bytes.data(), bytes.size());
	return buffer;
}

class EntriesTask : public AsyncTask
{
public:
	EntriesTask(std::shared_ptr<MapHandle> map, uint32_t limit) : map(std::move(map)), limit(limit) {}

protected:
	void execute() override { found = copyEntries(*map, limit); }

	napi_value result(napi_env env) override
	{
		napi_value object, count, complete;
		napi_value keys = bufferOf(env, found.keys);
		napi_value values = bufferOf(env, found.values);
		if (!keys || !values || napi_create_object(env, &object) != napi_ok ||
		    napi_create_uint32(env, found.count, &count) != napi_ok ||
		    napi_get_boolean(env, found.complete, &complete) != napi_ok)
			return nullptr;
		napi_set_named_property(env, object, "keys", keys);
		napi_set_named_property(env, object, "values", values);
		napi_set_named_property(env, object, "count", count);
		napi_set_named_property(env, object, "complete", complete);
		return object;
	}

private:
	std::shared_ptr<MapHandle> map;
	uint32_t limit;
	MapEntries found;
};

} // namespace

bool MapShape::readable() const
{
	switch (type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_LPM_TRIE:
		return true;
	default:
		return false;
	}
}

void ObjectMap::define(Napi::Env env)
{
	Napi::Function map = DefineClass(env, "Map",
	                                 {
						 InstanceMethod<&ObjectMap::entries>("entries"),
						 InstanceMethod<&ObjectMap::lookup>("lookup"),
						 InstanceMethod<&ObjectMap::update>("update"),
						 InstanceMethod<&ObjectMap::remove>("delete"),
						 InstanceMethod<&ObjectMap::onEvents>("onEvents"),
						 InstanceMethod<&ObjectMap::takeEvents>("takeEvents"),
						 InstanceMethod<&ObjectMap::takeRingHighWaterBytes>("takeRingHighWaterBytes"),
						 InstanceMethod<&ObjectMap::close>("close"),
					 });
	// Freed by Node when the thread ends.
	env.SetInstanceData(new Napi::FunctionReference(Napi::Persistent(map)));
}

ObjectMap::ObjectMap(const Napi::CallbackInfo &info) : Napi::ObjectWrap<ObjectMap>(info)
{
	guarded(info.Env(), [&] {
		if (!info[0].IsExternal())
			throw NativeError::invalid("make a map", "maps come from maps() of an object");
		handle = *info[0].As<Napi::External<std::shared_ptr<MapHandle>>>().Data();
		const MapShape &shape = handle->shape;
		Napi::Object self = info.This().As<Napi::Object>();
		const auto fixed = [&](const char *name, Napi::Value value) {
			self.DefineProperty(Napi::PropertyDescriptor::Value(name, value, napi_enumerable));
		};
		const auto number = [&](uint32_t value) { return Napi::Number::New(info.Env(), value); };
		fixed("name", Napi::String::New(info.Env(), handle->name));
		fixed("id", number(shape.id));
		fixed("type", number(shape.type));
		fixed("keyBytes", number(shape.keyBytes));
		fixed("valueBytes", number(shape.valueBytes));
		fixed("rowBytes", number(shape.rowBytes));
		fixed("maxEntries", number(shape.maxEntries));
		fixed("flags", number(shape.flags));
	});
}

Napi::Array ObjectMap::list(Napi::Env env, const struct bpf_object *object)
{
	const auto *constructor = env.GetInstanceData<Napi::FunctionReference>();
	Napi::Array list = Napi::Array::New(env);
	struct bpf_map *map;
	bpf_object__for_each_map(map, object)
	{
		const std::string name = bpf_map__name(map);
		int own = fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 3);
		if (own < 0)
			throw NativeError::fromErrno("open map " + name, errno);
		auto handle = std::make_shared<MapHandle>();
		handle->fd = FileDescriptor(own);
		handle->name = name;
		handle->shape = shapeOf(own, name);
		// The constructor copies the pointer while this scope lives.
		list.Set(list.Length(), constructor->New({Napi::External<std::shared_ptr<MapHandle>>::New(env, &handle)}));
	}
	return list;
}

const MapHandle &ObjectMap::open(const char *operation) const
{
	if (!handle)
		throw NativeError::fromErrno(operation, EBADF, "the map is closed");
	return *handle;
}

const MapHandle &ObjectMap::openReadable(const char *operation) const
{
	const MapHandle &map = open(operation);
	if (!map.shape.readable())
		throw NativeError::invalid(std::string(operation) + " " + map.name,
		                           "maps of type " + std::to_string(map.shape.type) + " have no entries to read");
	return map;
}

Napi::Value ObjectMap::entries(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		openReadable("read map");
		const uint32_t limit = numberArgument(info[0], "limit", 1, entriesMax);
		napi_value promise =
			AsyncTask::start(info.Env(), "kubenetprobe-top map", std::make_unique<EntriesTask>(handle, limit));
		if (!promise)
			throw NativeError{"EUNKNOWN", "read map " + handle->name, 0, "Node-API refused to queue work"};
		return Napi::Value(info.Env(), promise);
	});
}

Napi::Value ObjectMap::lookup(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		const MapHandle &map = openReadable("look up in map");
		const std::vector<uint8_t> key = bytesArgument(info[0], "key", map.shape.keyBytes);
		std::vector<uint8_t> row(map.shape.rowBytes);
		int failed = bpf_map_lookup_elem(map.fd.get(), key.data(), row.data());
		if (failed == -ENOENT)
			return info.Env().Null();
		if (failed)
			throw NativeError::fromErrno("look up in map " + map.name, failed);
		napi_value buffer = bufferOf(info.Env(), row);
		return buffer ? Napi::Value(info.Env(), buffer) : info.Env().Null();
	});
}

void ObjectMap::update(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		const MapHandle &map = openReadable("write to map");
		const std::vector<uint8_t> key = bytesArgument(info[0], "key", map.shape.keyBytes);
		const std::vector<uint8_t> row = bytesArgument(info[1], "value", map.shape.rowBytes);
		int failed = bpf_map_update_elem(map.fd.get(), key.data(), row.data(), BPF_ANY);
		if (failed)
			throw NativeError::fromErrno("write to map " + map.name, failed);
	});
}

Napi::Value ObjectMap::remove(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		const MapHandle &map = openReadable("delete from map");
		const std::vector<uint8_t> key = bytesArgument(info[0], "key", map.shape.keyBytes);
		int failed = bpf_map_delete_elem(map.fd.get(), key.data());
		if (failed && failed != -ENOENT)
			throw NativeError::fromErrno("delete from map " + map.name, failed);
		return Napi::Boolean::New(info.Env(), failed == 0);
	});
}

Napi::Value ObjectMap::takeEvents(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&] {
		open("take the last events");
		return Napi::Value(info.Env(), EventDelivery::restObject(info.Env(), events.get()));
	});
}

Napi::Value ObjectMap::takeRingHighWaterBytes(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), events ? static_cast<double>(events->takeRingHighWaterBytes()) : 0);
}

void ObjectMap::onEvents(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		const MapHandle &map = open("receive events");
		if (map.shape.type != BPF_MAP_TYPE_RINGBUF)
			throw NativeError::invalid("receive events of map " + map.name, "it is no ring buffer");
		if (!info[0].IsFunction() && !info[0].IsNull())
			throw NativeError::invalid("receive events", "callback must be a function or null");
		EventDelivery::setCallback(info.Env(), info.This(), info[0]);
		if (info[0].IsNull())
			events.reset();
		else if (!events)
			events = std::make_unique<EventDelivery>(info.Env(), map.fd.get(), static_cast<napi_ref>(*this),
			                                         RecordFraming::LengthFirst);
	});
}

void ObjectMap::close(const Napi::CallbackInfo &)
{
	events.reset();
	handle.reset();
}

} // namespace knp
