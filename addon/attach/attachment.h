// SPDX-License-Identifier: MIT
// One program in one place, whatever its kind; the destructor takes it off again.
#pragma once

#include "attach/loaded_program.h"
#include "host/file_descriptor.h"

namespace knp
{

class Attachment
{
public:
	virtual ~Attachment() = default;
	// Another program in the same place; nothing passes without one of the two. Kinds whose links can't be updated attach the new one before they
	// drop the old: for a moment both run. Throws NativeError, then the old one stays.
	virtual void replaceProgram(const LoadedProgram &program) = 0;
	// Perf events: whether they fire. Needs no right once they are open. Throws NativeError ENOTSUP for other kinds.
	virtual void setEnabled(bool enabled);
	// Iterators: a walk from the start, as a descriptor whose reading is the walk. Needs no right. Throws NativeError ENOTSUP for other kinds.
	virtual FileDescriptor openWalk();
};

} // namespace knp
