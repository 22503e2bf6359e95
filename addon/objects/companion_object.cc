// SPDX-License-Identifier: MIT
// The methods of a companion object. A new version is verified first, beside the old one, and then replaces it at its hooks.
#include "objects/companion_object.h"

#include "attach/kinds.h"
#include "host/possible_cpus.h"
#include "javascript/javascript.h"
#include "objects/iterator_walk.h"
#include "objects/object_arguments.h"
#include "objects/object_loader.h"
#include "objects/object_map.h"
#include "objects/prepare_task.h"
#include "objects/program_info.h"

#include <cerrno>

namespace knp
{

namespace
{

constexpr uint32_t idMax = 0xffffffff;
constexpr uint32_t walkBytesMax = 64 << 20;

ObjectLoader loaderFor(const CompanionPlan &plan, const std::string &name)
{
	ObjectLoader loader(plan.object.data(), plan.object.size(), name);
	loader.choosePrograms([&plan](const std::string &program) {
		if (plan.required.count(program))
			return ProgramNeed::Required;
		return plan.optional.count(program) ? ProgramNeed::Optional : ProgramNeed::None;
	});
	return loader;
}

} // namespace

Napi::Function CompanionObject::define(Napi::Env env)
{
	return DefineClass(env, "CompanionObject",
	                   {
				   InstanceMethod<&CompanionObject::programs>("programs"),
				   InstanceMethod<&CompanionObject::refused>("refused"),
				   InstanceMethod<&CompanionObject::maps>("maps"),
				   InstanceMethod<&CompanionObject::attach>("attach"),
				   InstanceMethod<&CompanionObject::detach>("detach"),
				   InstanceMethod<&CompanionObject::setEnabled>("setEnabled"),
				   InstanceMethod<&CompanionObject::walk>("walk"),
				   InstanceMethod<&CompanionObject::prepare>("prepare"),
				   InstanceMethod<&CompanionObject::commit>("commit"),
				   InstanceMethod<&CompanionObject::close>("close"),
			   });
}

CompanionObject::CompanionObject(const Napi::CallbackInfo &info) : Napi::ObjectWrap<CompanionObject>(info), env(info.Env())
{
	guarded(info.Env(), [&] {
		auto made = std::make_shared<Core>();
		made->name = textArgument(info[1], "name");
		made->object = loaderFor(companionPlan(info[0], info[2]), made->name).load();
		core = std::move(made);
	});
	napi_add_env_cleanup_hook(env, closeAtThreadEnd, this);
}

CompanionObject::~CompanionObject()
{
	if (core)
		napi_remove_env_cleanup_hook(env, closeAtThreadEnd, this);
	closeAll();
}

void CompanionObject::closeAtThreadEnd(void *self)
{
	static_cast<CompanionObject *>(self)->closeAll();
}

void CompanionObject::closeAll()
{
	if (!core)
		return;
	// A running preparation holds the core: detach now, not when it ends.
	core->attachments.clear();
	core->prepared.reset();
	core->object.reset();
	core.reset();
}

CompanionObject::Core &CompanionObject::open(const char *operation) const
{
	if (!core)
		throw NativeError::fromErrno(operation, EBADF, "the object is closed");
	return *core;
}

Napi::Value CompanionObject::programs(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(),
	               [&]() -> Napi::Value { return programList(info.Env(), open("list programs").object->programs()); });
}

Napi::Value CompanionObject::refused(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		Napi::Array list = Napi::Array::New(info.Env());
		for (const RefusedProgram &program : open("list refused programs").object->refused()) {
			Napi::Object entry = Napi::Object::New(info.Env());
			entry.Set("name", program.name);
			entry.Set("code", program.code);
			entry.Set("errno", program.number);
			entry.Set("detail", program.detail);
			list.Set(list.Length(), entry);
		}
		return list;
	});
}

Napi::Value CompanionObject::maps(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(),
	               [&]() -> Napi::Value { return ObjectMap::list(info.Env(), open("list maps").object->get()); });
}

Napi::Value CompanionObject::attach(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		Core &companion = open("attach");
		const std::string program = textArgument(info[0], "program");
		auto attachment = attachByKind(companion.object->program(program), info[1]);
		return Napi::Number::New(info.Env(), companion.attachments.add(program, std::move(attachment)));
	});
}

void CompanionObject::detach(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] { open("detach").attachments.remove(numberArgument(info[0], "id", 0, idMax)); });
}

void CompanionObject::setEnabled(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		constexpr const char *operation = "switch an attachment";
		Attachment &attachment = open(operation).attachments.at(numberArgument(info[0], "id", 0, idMax), operation);
		attachment.setEnabled(booleanArgument(info[1], "enabled"));
	});
}

Napi::Value CompanionObject::walk(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		constexpr const char *operation = "walk an iterator";
		Attachment &attachment = open(operation).attachments.at(numberArgument(info[0], "id", 0, idMax), operation);
		const uint32_t bytesMax = numberArgument(info[1], "bytesMax", 0, walkBytesMax);
		return startWalk(info.Env(), attachment.openWalk(), bytesMax);
	});
}

Napi::Value CompanionObject::prepare(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		open("prepare").prepared.reset();
		struct Work {
			std::shared_ptr<Core> core;
			std::shared_ptr<LoadedObject> before, next;
			CompanionPlan plan;
			std::vector<std::string> kept;
		};
		auto work = std::make_shared<Work>(Work{core, core->object, nullptr, companionPlan(info[0], info[2]),
		                                        namesArgument(info[1], "kept maps")});
		return startPreparation(
			info.Env(),
			[work] {
				ObjectLoader loader = loaderFor(work->plan, work->core->name);
				for (const std::string &name : work->kept)
					loader.shareMap(name, *work->before);
				work->next = loader.load();
			},
			// The object was closed or replaced meanwhile: drop the result.
			[work] {
				if (work->core->object == work->before)
					work->core->prepared = std::move(work->next);
			});
	});
}

void CompanionObject::commit(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		Core &companion = open("replace the object");
		if (!companion.prepared)
			throw NativeError::invalid("replace the object", "prepare() comes first");
		companion.attachments.replacePrograms(
			[&](const std::string &name) { return companion.object->program(name); },
			[&](const std::string &name) { return companion.prepared->program(name); });
		companion.object = std::move(companion.prepared);
	});
}

void CompanionObject::close(const Napi::CallbackInfo &)
{
	if (core)
		napi_remove_env_cleanup_hook(env, closeAtThreadEnd, this);
	closeAll();
}

void defineCompanionObjects(Napi::Env env, Napi::Object exports)
{
	ObjectMap::define(env);
	exports.Set("CompanionObject", CompanionObject::define(env));
	uint32_t cpus = 1; // if the number is unknown, no per-CPU map can be created either
	try {
		cpus = possibleCpus();
	} catch (const NativeError &) {
	}
	exports.Set("possibleCpus", cpus);
}

} // namespace knp
