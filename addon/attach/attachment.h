// SPDX-License-Identifier: MIT
// One program on one hook of one interface; the destructor takes it off again.
#pragma once

#include <cstdint>
#include <string>

namespace knp
{

enum class Hook { XdpNative, XdpGeneric, Tcx, Clsact };
enum class Direction { Ingress, Egress };
// Users' programs come behind ours: one that ends the chain (TC_ACT_OK) must not keep us from counting.
enum class Placement { Monitor, BehindMonitor };

const char *hookName(Hook hook);

class Attachment
{
public:
	virtual ~Attachment() = default;
	// Another program in the same place; no packet passes without one of the two. Throws NativeError, then the old one stays.
	virtual void replaceProgram(int programFd) = 0;
};

uint32_t programIdOf(int programFd);

} // namespace knp
