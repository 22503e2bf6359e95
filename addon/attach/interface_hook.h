// SPDX-License-Identifier: MIT
// The hooks of an interface that a program can attach to.
#pragma once

#include <string>

namespace knp
{

enum class Hook { XdpNative, XdpGeneric, Tcx, Clsact };
enum class Direction { Ingress, Egress };
// Users' programs run after ours: one that ends the chain (TC_ACT_OK) must not keep us from counting.
enum class Placement { Monitor, BehindMonitor };

const char *hookName(Hook hook);
bool interfaceExists(int interfaceIndex);
// "attach tcx to interface 7"
std::string attachOperation(Hook hook, int interfaceIndex);

} // namespace knp
