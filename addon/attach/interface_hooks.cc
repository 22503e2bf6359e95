// SPDX-License-Identifier: MIT
// Selects the implementation of a hook: xdp.cc, tcx.cc or clsact.cc.
#include "attach/interface_hooks.h"

#include "attach/clsact.h"
#include "attach/tcx.h"
#include "attach/xdp.h"
#include "host/descriptor_limit.h"

namespace knp
{

std::unique_ptr<Attachment> attachToInterface(const LoadedProgram &program, int interfaceIndex, Direction direction, Hook hook,
                                              Placement placement)
{
	requireFreeDescriptors(attachOperation(hook, interfaceIndex));
	// Also when this run uses tcx: filters that a killed run left behind must not go on costing time.
	removeDeadFilters(interfaceIndex);
	switch (hook) {
	case Hook::Tcx:
		return attachTcx(program, interfaceIndex, direction, placement);
	case Hook::Clsact:
		return attachClsact(program, interfaceIndex, direction, placement);
	default:
		return attachXdp(program, interfaceIndex, direction, hook);
	}
}

std::vector<HookPrograms> queryHooks(int interfaceIndex, Direction direction)
{
	std::vector<HookPrograms> hooks;
	if (direction == Direction::Ingress) {
		const XdpPrograms xdp = queryXdp(interfaceIndex);
		if (xdp.native)
			hooks.push_back({Hook::XdpNative, {xdp.native}});
		if (xdp.generic)
			hooks.push_back({Hook::XdpGeneric, {xdp.generic}});
	}
	std::vector<uint32_t> ids = queryTcx(interfaceIndex, direction);
	if (!ids.empty())
		hooks.push_back({Hook::Tcx, std::move(ids)});
	ids = queryClsact(interfaceIndex, direction);
	if (!ids.empty())
		hooks.push_back({Hook::Clsact, std::move(ids)});
	return hooks;
}

} // namespace knp
