// SPDX-License-Identifier: MIT
// New programs on hooks that are in use: each packet meets the old one or the new one, never none.
#pragma once

#include "attach/attachment.h"

#include <vector>

namespace knp
{

struct ProgramChange {
	Attachment *attachment;
	int beforeFd;
	int afterFd;
};

// All or none: where one hook refuses, those that were changed get their old program back, and a NativeError tells.
void replacePrograms(const std::vector<ProgramChange> &changes);

} // namespace knp
