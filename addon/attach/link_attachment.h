// SPDX-License-Identifier: MIT
// An attachment by a BPF link whose program can be updated in place: XDP, tcx, cgroup, iterator. It ends with its descriptor, however the process ends.
#pragma once

#include "attach/attachment.h"

namespace knp
{

class LinkAttachment : public Attachment
{
public:
	explicit LinkAttachment(FileDescriptor link) : link(std::move(link)) {}

	void replaceProgram(const LoadedProgram &program) override;

protected:
	FileDescriptor link;
};

} // namespace knp
