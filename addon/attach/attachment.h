// SPDX-License-Identifier: MIT
// One program attached to one hook, of any kind; the destructor detaches it.
#pragma once

#include "attach/loaded_program.h"
#include "host/file_descriptor.h"

namespace knp
{

class Attachment
{
public:
	virtual ~Attachment() = default;
	// Replaces the program without a gap. Kinds whose links can't be updated attach the new program before they detach
	// the old one: for a moment both run. Throws NativeError; the old program then stays attached.
	virtual void replaceProgram(const LoadedProgram &program) = 0;
	// Perf events: whether they fire. Needs no capability once they are open. Throws NativeError ENOTSUP for other kinds.
	virtual void setEnabled(bool enabled);
	// Iterators: a descriptor for a walk from the start; reading it runs the walk. Needs no capability. Throws NativeError ENOTSUP for other kinds.
	virtual FileDescriptor openWalk();
};

} // namespace knp
