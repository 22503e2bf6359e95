// SPDX-License-Identifier: MIT
// The methods of the Session class; each delegates to the class that does the work.
#include "session/session.h"

#include "attach/hook_arguments.h"
#include "attach/interface_hooks.h"
#include "javascript/javascript.h"
#include "objects/object_arguments.h"
#include "objects/object_map.h"
#include "objects/prepare_task.h"
#include "session/session_options.h"
#include "session/session_work.h"

#include <bpf/bpf.h>
#include <cerrno>

namespace knp
{

namespace
{

// A sample costs a copy of up to 2 KiB: a higher rate is a job for a capture tool.
constexpr uint32_t sampleRateMax = 10000;

const char *programFor(Direction direction, Hook hook)
{
	if (hook == Hook::XdpNative || hook == Hook::XdpGeneric)
		return "network_monitor_xdp";
	return direction == Direction::Ingress ? "network_monitor_tc_ingress" : "network_monitor_tc_egress";
}

} // namespace

Napi::Function Session::define(Napi::Env env)
{
	return DefineClass(env, "Session",
	                   {
				   InstanceMethod<&Session::setInterface>("setInterface"),
				   InstanceMethod<&Session::addInterface>("addInterface"),
				   InstanceMethod<&Session::removeInterface>("removeInterface"),
				   InstanceMethod<&Session::setFeatures>("setFeatures"),
				   InstanceMethod<&Session::setSampleRate>("setSampleRate"),
				   InstanceMethod<&Session::attach>("attach"),
				   InstanceMethod<&Session::detach>("detach"),
				   InstanceMethod<&Session::query>("query"),
				   InstanceMethod<&Session::drain>("drain"),
				   InstanceMethod<&Session::release>("release"),
				   InstanceMethod<&Session::onKernelEvents>("onKernelEvents"),
				   InstanceMethod<&Session::gatherKernelEvents>("gatherKernelEvents"),
				   InstanceMethod<&Session::readKernelEvents>("readKernelEvents"),
				   InstanceMethod<&Session::takeKernelEvents>("takeKernelEvents"),
				   InstanceMethod<&Session::takeRingHighWaterBytes>("takeRingHighWaterBytes"),
				   InstanceMethod<&Session::runFrames>("runFrames"),
				   InstanceMethod<&Session::programs>("programs"),
				   InstanceMethod<&Session::maps>("maps"),
				   InstanceMethod<&Session::prepare>("prepare"),
				   InstanceMethod<&Session::commit>("commit"),
				   InstanceAccessor<&Session::mapBytes>("mapBytes"),
				   InstanceMethod<&Session::enableStatistics>("enableStatistics"),
				   InstanceMethod<&Session::disableStatistics>("disableStatistics"),
				   InstanceMethod<&Session::close>("close"),
			   });
}

Session::Session(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Session>(info), env(info.Env())
{
	guarded(info.Env(), [&] { core = std::make_shared<SessionCore>(sessionOptions(info[0])); });
	napi_add_env_cleanup_hook(env, closeAtThreadEnd, this);
}

Session::~Session()
{
	if (core)
		napi_remove_env_cleanup_hook(env, closeAtThreadEnd, this);
	closeAll();
}

void Session::closeAtThreadEnd(void *self)
{
	static_cast<Session *>(self)->closeAll();
}

void Session::closeAll()
{
	attachments.clear();
	events.reset();
	statistics.close();
	core.reset();
}

SessionCore &Session::open(const char *operation) const
{
	if (!core)
		throw NativeError::fromErrno(operation, EBADF, "the session is closed");
	return *core;
}

void Session::setInterface(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		SessionCore &session = open("set interface");
		const uint32_t index = numberArgument(info[0], "interfaceIndex", 1, interfaceIndexMax);
		const auto slot = static_cast<uint16_t>(numberArgument(info[1], "slot", 0, session.object.interfaceSlots - 1));
		const auto linkKind = static_cast<uint8_t>(numberArgument(info[2], "linkKind", LINK_ETHERNET, LINK_OTHER));
		session.object.interfaces().set(index, slot, linkKind, booleanArgument(info[3], "ingressOnly"));
	});
}

Napi::Value Session::addInterface(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		SessionCore &session = open("add interface");
		const uint32_t index = numberArgument(info[0], "interfaceIndex", 1, interfaceIndexMax);
		const auto linkKind = static_cast<uint8_t>(numberArgument(info[1], "linkKind", LINK_ETHERNET, LINK_OTHER));
		const bool ingressOnly = booleanArgument(info[2], "ingressOnly");
		return Napi::Number::New(info.Env(), session.object.interfaces().add(index, linkKind, ingressOnly));
	});
}

void Session::removeInterface(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		SessionCore &session = open("remove interface");
		session.object.interfaces().remove(numberArgument(info[0], "interfaceIndex", 1, interfaceIndexMax));
	});
}

void Session::setFeatures(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		SessionCore &session = open("set features");
		session.object.control()->features = numberArgument(info[0], "features", 0, featuresMax);
	});
}

void Session::setSampleRate(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		SessionCore &session = open("set the sample rate");
		session.object.control()->sample_rate = numberArgument(info[0], "packets a second", 0, sampleRateMax);
	});
}

Napi::Value Session::attach(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		SessionCore &session = open("attach");
		const auto index = static_cast<int>(numberArgument(info[0], "interfaceIndex", 1, interfaceIndexMax));
		const Direction direction = directionArgument(info[1]);
		const Hook hook = hookArgument(info[2]);
		const LoadedProgram program = session.object.neededProgram(programFor(direction, hook));
		auto attachment = attachToInterface(program, index, direction, hook, Placement::Monitor);
		Napi::Object result = Napi::Object::New(info.Env());
		result.Set("id", attachments.add(programFor(direction, hook), std::move(attachment)));
		result.Set("hook", hookName(hook));
		return result;
	});
}

void Session::detach(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		open("detach");
		attachments.remove(numberArgument(info[0], "id", 0, 0xffffffff));
	});
}

Napi::Value Session::query(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		const auto index = static_cast<int>(numberArgument(info[0], "interfaceIndex", 1, interfaceIndexMax));
		Napi::Array list = Napi::Array::New(info.Env());
		for (const HookPrograms &hook : queryHooks(index, directionArgument(info[1]))) {
			Napi::Array ids = Napi::Array::New(info.Env());
			for (uint32_t id : hook.programIds)
				ids.Set(ids.Length(), id);
			Napi::Object entry = Napi::Object::New(info.Env());
			entry.Set("hook", hookName(hook.hook));
			entry.Set("programIds", ids);
			list.Set(list.Length(), entry);
		}
		return list;
	});
}

Napi::Value Session::drain(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		open("drain");
		// Detaching returns the memory now instead of at garbage collection, so that the drain can reuse the block.
		if (info[0].IsArrayBuffer())
			info[0].As<Napi::ArrayBuffer>().Detach();
		return Napi::Value(env, startDrain(env, core));
	});
}

void Session::release(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		if (!info[0].IsArrayBuffer())
			throw NativeError::invalid("release a batch", "give the ArrayBuffer of a drain");
		info[0].As<Napi::ArrayBuffer>().Detach();
	});
}

Napi::Value Session::runFrames(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		SessionCore &session = open("run captured frames");
		if (!session.capture)
			throw NativeError::invalid("run captured frames", "the session was not made with capture: true");
		if (!info[0].IsArrayBuffer())
			throw NativeError::invalid("run captured frames", "frames must be an ArrayBuffer");
		const uint32_t bytes = numberArgument(info[1], "length", 0, 0xffffffff);
		return Napi::Value(env, startFrames(env, core, info[0], bytes));
	});
}

Napi::Value Session::programs(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(),
	               [&]() -> Napi::Value { return programList(info.Env(), open("list programs").object.programs()); });
}

Napi::Value Session::mapBytes(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		return Napi::Number::New(info.Env(), static_cast<double>(open("measure maps").object.mapBytes()));
	});
}

void Session::enableStatistics(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		open("enable program statistics");
		if (statistics.valid())
			return;
		statistics = FileDescriptor(bpf_enable_stats(BPF_STATS_RUN_TIME));
		if (!statistics.valid())
			throw NativeError::fromErrno("enable program statistics", errno);
	});
}

void Session::disableStatistics(const Napi::CallbackInfo &)
{
	statistics.close();
}

void Session::gatherKernelEvents(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		SessionCore &session = open("gather events");
		if (session.object.capture)
			throw NativeError::invalid("gather events", "captures deliver their events with runFrames()");
		if (events)
			throw NativeError::invalid("gather events", "they go somewhere already");
		const uint32_t bytesMax = numberArgument(info[0], "bytesMax", 4096, 1u << 30);
		events = std::make_unique<EventDelivery>(env, session.object.mapFd("events"), size_t(bytesMax));
	});
}

Napi::Value Session::readKernelEvents(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&] {
		open("read events");
		if (!events || !events->isRead())
			throw NativeError::invalid("read events", "gatherKernelEvents() comes first");
		return Napi::Value(info.Env(), events->readObject(info.Env()));
	});
}

Napi::Value Session::takeKernelEvents(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&] {
		open("take the last events");
		return Napi::Value(info.Env(), EventDelivery::restObject(info.Env(), events.get()));
	});
}

Napi::Value Session::takeRingHighWaterBytes(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(info.Env(), events ? static_cast<double>(events->takeRingHighWaterBytes()) : 0);
}

void Session::onKernelEvents(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		SessionCore &session = open("receive events");
		if (session.object.capture)
			throw NativeError::invalid("receive events", "captures deliver their events with runFrames()");
		if (!info[0].IsFunction() && !info[0].IsNull())
			throw NativeError::invalid("receive events", "callback must be a function or null");
		if (events && events->isRead() && !info[0].IsNull())
			throw NativeError::invalid("receive events", "they are gathered already");
		EventDelivery::setCallback(env, info.This(), info[0]);
		if (info[0].IsNull())
			events.reset();
		else if (!events)
			events = std::make_unique<EventDelivery>(env, session.object.mapFd("events"),
			                                         static_cast<napi_ref>(*this));
	});
}

Napi::Value Session::maps(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(),
	               [&]() -> Napi::Value { return ObjectMap::list(info.Env(), open("list maps").object.version()->get()); });
}

Napi::Value Session::prepare(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		open("prepare").prepared.reset();
		struct Work {
			std::shared_ptr<SessionCore> core;
			std::shared_ptr<const LoadedObject> before;
			std::vector<uint8_t> bytes;
			std::vector<std::string> kept;
			std::shared_ptr<LoadedObject> next;
		};
		auto work = std::make_shared<Work>(Work{core, core->object.version(), objectArgument(info[0]),
		                                        namesArgument(info[1], "kept maps"), nullptr});
		return startPreparation(
			info.Env(),
			[work] {
				work->next = MonitorObject::loadNext(*work->before, work->core->object.capture, work->bytes,
			                                             work->kept);
			},
			// Another preparation finished first: this one shares maps of a version that is no longer loaded.
			[work] {
				if (work->core->object.version() == work->before)
					work->core->prepared = std::move(work->next);
			});
	});
}

void Session::commit(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		SessionCore &session = open("replace the object");
		if (!session.prepared)
			throw NativeError::invalid("replace the object", "prepare() comes first");
		if (session.busy)
			throw NativeError::fromErrno("replace the object", EBUSY, "a drain is under way");
		attachments.replacePrograms([&](const std::string &name) { return session.object.program(name); },
		                            [&](const std::string &name) { return session.prepared->program(name); });
		session.object.adopt(std::move(session.prepared));
	});
}

void Session::close(const Napi::CallbackInfo &)
{
	if (core)
		napi_remove_env_cleanup_hook(env, closeAtThreadEnd, this);
	closeAll();
}

} // namespace knp
