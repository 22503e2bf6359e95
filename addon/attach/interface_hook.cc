// SPDX-License-Identifier: MIT
// Names of hooks and interfaces, for error messages.
#include "attach/interface_hook.h"

#include <net/if.h>

namespace knp
{

const char *hookName(Hook hook)
{
	switch (hook) {
	case Hook::XdpNative:
		return "xdp-native";
	case Hook::XdpGeneric:
		return "xdp-generic";
	case Hook::Tcx:
		return "tcx";
	case Hook::Clsact:
		return "clsact";
	}
	return "";
}

bool interfaceExists(int interfaceIndex)
{
	char name[IF_NAMESIZE];
	return if_indextoname(static_cast<unsigned>(interfaceIndex), name) != nullptr;
}

std::string attachOperation(Hook hook, int interfaceIndex)
{
	return std::string("attach ") + hookName(hook) + " to interface " + std::to_string(interfaceIndex);
}

} // namespace knp
