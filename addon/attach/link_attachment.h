// SPDX-License-Identifier: MIT
// An attachment by a BPF link that takes another program in place: XDP, tcx, cgroup, iterator. It dies with its descriptor, however the process ends.
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
