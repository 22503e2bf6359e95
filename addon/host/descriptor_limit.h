// SPDX-License-Identifier: MIT
// The limit of open files: every attachment by BPF link is a descriptor.
#pragma once

#include <string>

namespace knp
{

// Raises it to the hard limit, and with CAP_SYS_RESOURCE to what 4,096 interfaces need. If it stays too low, the kernel returns EMFILE.
void raiseDescriptorLimit();

// Called before an attachment: keeps some descriptors free for the run itself, which reads maps and files. Throws NativeError EMFILE.
void requireFreeDescriptors(const std::string &operation);

} // namespace knp
