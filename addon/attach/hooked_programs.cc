// SPDX-License-Identifier: MIT
// Program ids come from netlink and BPF_PROG_QUERY, names from a descriptor, which the kernel gives to CAP_SYS_ADMIN only.
#include "attach/hooked_programs.h"

#include "attach/interface_hooks.h"
#include "javascript/javascript.h"
#include "host/file_descriptor.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

namespace knp
{

namespace
{

// Empty if the kernel refuses the descriptor.
std::string nameOfProgram(uint32_t id)
{
	FileDescriptor program(bpf_prog_get_fd_by_id(id));
	struct bpf_prog_info details = {};
	uint32_t length = sizeof(details);
	if (!program.valid() || bpf_obj_get_info_by_fd(program.get(), &details, &length))
		return "";
	return details.name;
}

void addPrograms(Napi::Array list, int interfaceIndex, Direction direction)
{
	for (const HookPrograms &hook : queryHooks(interfaceIndex, direction)) {
		for (uint32_t id : hook.programIds) {
			Napi::Object row = Napi::Object::New(list.Env());
			row.Set("hook", hookName(hook.hook));
			row.Set("direction", direction == Direction::Ingress ? "ingress" : "egress");
			row.Set("id", id);
			row.Set("name", nameOfProgram(id));
			list.Set(list.Length(), row);
		}
	}
}

Napi::Value hookedPrograms(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		const auto index = static_cast<int>(numberArgument(info[0], "interface index", 1, 0x7fffffff));
		Napi::Array list = Napi::Array::New(info.Env());
		addPrograms(list, index, Direction::Ingress);
		addPrograms(list, index, Direction::Egress);
		return list;
	});
}

} // namespace

void defineHookedPrograms(Napi::Env env, Napi::Object exports)
{
	exports.Set("hookedPrograms", Napi::Function::New(env, hookedPrograms, "hookedPrograms"));
}

} // namespace knp
