// SPDX-License-Identifier: MIT
// The methods of a user's object. A new version is verified first, beside the old one, and then takes its hooks over.
#include "objects/user_object.h"

#include "attach/hook_arguments.h"
#include "attach/hooks.h"
#include "javascript/javascript.h"
#include "objects/object_map.h"
#include "host/possible_cpus.h"
#include "objects/program_change.h"
#include "objects/prepare_task.h"
#include "objects/program_info.h"

#include <bpf/libbpf.h>
#include <cerrno>

namespace knp
{

Napi::Function UserObject::define(Napi::Env env)
{
	return DefineClass(env, "UserObject",
	                   {
				   InstanceMethod<&UserObject::programs>("programs"),
				   InstanceMethod<&UserObject::maps>("maps"),
				   InstanceMethod<&UserObject::attach>("attach"),
				   InstanceMethod<&UserObject::detach>("detach"),
				   InstanceMethod<&UserObject::prepare>("prepare"),
				   InstanceMethod<&UserObject::commit>("commit"),
				   InstanceMethod<&UserObject::close>("close"),
			   });
}

UserObject::UserObject(const Napi::CallbackInfo &info) : Napi::ObjectWrap<UserObject>(info), env(info.Env())
{
	guarded(info.Env(), [&] {
		auto made = std::make_shared<Core>();
		made->name = textArgument(info[1], "name");
		made->object = std::make_shared<LoadedObject>(objectArgument(info[0]), made->name, nullptr,
		                                              std::vector<std::string>());
		core = std::move(made);
	});
	napi_add_env_cleanup_hook(env, closeAtThreadEnd, this);
}

UserObject::~UserObject()
{
	if (core)
		napi_remove_env_cleanup_hook(env, closeAtThreadEnd, this);
	closeAll();
}

void UserObject::closeAtThreadEnd(void *self)
{
	static_cast<UserObject *>(self)->closeAll();
}

void UserObject::closeAll()
{
	if (!core)
		return;
	// A preparation under way holds the core: what is attached must go now.
	core->attachments.clear();
	core->prepared.reset();
	core->object.reset();
	core.reset();
}

UserObject::Core &UserObject::open(const char *operation) const
{
	if (!core)
		throw NativeError::fromErrno(operation, EBADF, "the object is closed");
	return *core;
}

Napi::Value UserObject::programs(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(),
	               [&]() -> Napi::Value { return programList(info.Env(), open("list programs").object->programs()); });
}

Napi::Value UserObject::maps(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(),
	               [&]() -> Napi::Value { return ObjectMap::list(info.Env(), open("list maps").object->get()); });
}

Napi::Value UserObject::attach(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		Core &user = open("attach");
		const std::string program = textArgument(info[0], "program");
		const auto index = static_cast<int>(numberArgument(info[1], "interfaceIndex", 1, interfaceIndexMax));
		const Direction direction = directionArgument(info[2]);
		const Hook hook = hookArgument(info[3]);
		auto attachment =
			attachProgram(user.object->programFd(program), index, direction, hook, Placement::BehindMonitor);
		user.attachments.emplace(++lastAttachment, Attached{program, std::move(attachment)});
		Napi::Object result = Napi::Object::New(info.Env());
		result.Set("id", lastAttachment);
		result.Set("hook", hookName(hook));
		return result;
	});
}

void UserObject::detach(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		if (open("detach").attachments.erase(numberArgument(info[0], "id", 0, 0xffffffff)) == 0)
			throw NativeError::fromErrno("detach", ENOENT, "no attachment has this id");
	});
}

Napi::Value UserObject::prepare(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		open("prepare").prepared.reset();
		struct Work {
			std::shared_ptr<Core> core;
			std::shared_ptr<LoadedObject> before, next;
			NextVersion version;
		};
		auto work = std::make_shared<Work>(Work{core, core->object, nullptr, nextVersionArguments(info)});
		return startPreparation(
			info.Env(),
			[work] {
				work->next = std::make_shared<LoadedObject>(work->version.object, work->core->name,
			                                                    work->before.get(), work->version.kept);
			},
			// An object that was closed meanwhile keeps nothing.
			[work] {
				if (work->core->object == work->before)
					work->core->prepared = std::move(work->next);
			});
	});
}

void UserObject::commit(const Napi::CallbackInfo &info)
{
	guarded(info.Env(), [&] {
		Core &user = open("replace the object");
		if (!user.prepared)
			throw NativeError::invalid("replace the object", "prepare() comes first");
		std::vector<ProgramChange> changes;
		for (auto &[id, attached] : user.attachments)
			changes.push_back({attached.attachment.get(), user.object->programFd(attached.program),
			                   user.prepared->programFd(attached.program)});
		replacePrograms(changes);
		user.object = std::move(user.prepared);
	});
}

void UserObject::close(const Napi::CallbackInfo &)
{
	if (core)
		napi_remove_env_cleanup_hook(env, closeAtThreadEnd, this);
	closeAll();
}

void defineUserObjects(Napi::Env env, Napi::Object exports)
{
	ObjectMap::define(env);
	exports.Set("UserObject", UserObject::define(env));
	uint32_t cpus = 1; // where nobody tells, no per-CPU map can be made either
	try {
		cpus = possibleCpus();
	} catch (const NativeError &) {
	}
	exports.Set("possibleCpus", cpus);
}

} // namespace knp
