// SPDX-License-Identifier: MIT
// The methods of a session that serve users' objects: its maps, and another version in place of the loaded one.
#include "session/session.h"

#include "javascript/javascript.h"
#include "objects/object_map.h"
#include "objects/prepare_task.h"
#include "objects/program_change.h"

#include <bpf/libbpf.h>
#include <cerrno>

namespace knp
{

void ObjectCloser::operator()(struct bpf_object *object) const
{
	bpf_object__close(object);
}

Napi::Value Session::maps(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(),
	               [&]() -> Napi::Value { return ObjectMap::list(info.Env(), open("list maps").object.get()); });
}

Napi::Value Session::prepare(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		open("prepare").prepared.reset();
		struct Work {
			std::shared_ptr<SessionCore> core;
			NextVersion version;
			PreparedObject next;
		};
		auto work = std::make_shared<Work>(Work{core, nextVersionArguments(info), nullptr});
		return startPreparation(
			info.Env(),
			[work] { work->next.reset(work->core->object.loadNext(work->version.object, work->version.kept)); },
			[work] { work->core->prepared = std::move(work->next); });
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
		std::vector<ProgramChange> changes;
		for (auto &[id, attached] : attachments) {
			struct bpf_program *next = bpf_object__find_program_by_name(session.prepared.get(), attached.program);
			if (!next)
				throw NativeError::fromErrno("replace the object", ENOENT,
				                             std::string("program ") + attached.program + " is missing");
			changes.push_back(
				{attached.attachment.get(), session.object.programFd(attached.program), bpf_program__fd(next)});
		}
		replacePrograms(changes);
		session.object.adopt(session.prepared.release());
	});
}

} // namespace knp
