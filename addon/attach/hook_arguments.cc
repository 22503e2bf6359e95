// SPDX-License-Identifier: MIT
// Converts JavaScript's words to hooks and directions.
#include "attach/hook_arguments.h"

#include "javascript/javascript.h"

namespace knp
{

Hook hookArgument(const Napi::Value &value)
{
	const std::string text = textArgument(value, "hook");
	for (Hook hook : {Hook::XdpNative, Hook::XdpGeneric, Hook::Tcx, Hook::Clsact})
		if (text == hookName(hook))
			return hook;
	throw NativeError::invalid("read the arguments", "hook must be xdp-native, xdp-generic, tcx or clsact");
}

Direction directionArgument(const Napi::Value &value)
{
	const std::string text = textArgument(value, "direction");
	if (text == "ingress")
		return Direction::Ingress;
	if (text == "egress")
		return Direction::Egress;
	throw NativeError::invalid("read the arguments", "direction must be ingress or egress");
}

} // namespace knp
