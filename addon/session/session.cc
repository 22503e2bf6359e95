// SPDX-License-Identifier: MIT
// The methods of a session, each a thin line to what does the work.
#include "session/session.h"

#include "objects/embedded_object.h"
#include "attach/hook_arguments.h"
#include "attach/hooks.h"
#include "javascript/javascript.h"
#include "host/kernel_features.h"
#include "session/session_work.h"

#include <bpf/bpf.h>
#include <cerrno>

namespace knp
{

namespace
{

// A sample costs a copy of up to 2 KiB: more than this is a capture's work.
constexpr uint32_t sampleRateMax = 10000;
constexpr uint32_t featuresMax = 0xffffffff;

ObjectOptions readOptions(const Napi::Value &value)
{
	if (!value.IsObject())
		throw NativeError::invalid("read the options", "an object is needed");
	const Napi::Object object = value.As<Napi::Object>();
	ObjectOptions options = {};
	const Napi::Value bytes = object.Get("object");
	if (bytes.IsUndefined()) {
		LibbpfLog quiet;
		const ObjectBytes embedded = lacksCompareAndSwap() ? embeddedHashObject() : embeddedObject();
		options.embedded = true;
		options.object = embedded.start;
		options.objectBytes = embedded.bytes;
	} else if (bytes.IsTypedArray()) {
		const auto array = bytes.As<Napi::TypedArray>();
		options.object = static_cast<uint8_t *>(array.ArrayBuffer().Data()) + array.ByteOffset();
		options.objectBytes = array.ByteLength();
	} else {
		throw NativeError::invalid("read the options", "object must be a Uint8Array");
	}
	options.maxFlows = numberArgument(object.Get("maxFlows"), "maxFlows", 1024, 4194304);
	options.interfaceSlots = numberArgument(object.Get("interfaceSlots"), "interfaceSlots", 1, KNP_INTERFACE_SLOTS_MAX);
	options.features = numberArgument(object.Get("features"), "features", 0, featuresMax);
	options.ringBytes = numberArgument(object.Get("ringBytes"), "ringBytes", 4096, 1u << 30);
	if (options.ringBytes & (options.ringBytes - 1))
		throw NativeError::invalid("read the options", "ringBytes must be a power of two");
	options.capture = booleanArgument(object.Get("capture"), "capture");
	return options;
}

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
	guarded(info.Env(), [&] { core = std::make_shared<SessionCore>(readOptions(info[0])); });
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
		session.object.setInterface(index, slot, linkKind, booleanArgument(info[3], "ingressOnly"));
		session.drain.useSlot(slot, index);
	});
}

void Session::removeInterface(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		SessionCore &session = open("remove interface");
		const uint32_t index = numberArgument(info[0], "interfaceIndex", 1, interfaceIndexMax);
		session.object.removeInterface(index);
		session.drain.retire(index);
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
		const int program = session.object.neededProgramFd(programFor(direction, hook));
		auto attachment = attachProgram(program, index, direction, hook);
		attachments.emplace(++lastAttachment, Attached{programFor(direction, hook), std::move(attachment)});
		Napi::Object result = Napi::Object::New(info.Env());
		result.Set("id", lastAttachment);
		result.Set("hook", hookName(hook));
		return result;
	});
}

void Session::detach(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		open("detach");
		const uint32_t id = numberArgument(info[0], "id", 0, 0xffffffff);
		if (attachments.erase(id) == 0)
			throw NativeError::fromErrno("detach", ENOENT, "no attachment has this id");
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
		// Detached, its memory comes back at once, in place of when the collector finds it: before the drain looks for a block.
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

void Session::close(const Napi::CallbackInfo &)
{
	if (core)
		napi_remove_env_cleanup_hook(env, closeAtThreadEnd, this);
	closeAll();
}

} // namespace knp
