// SPDX-License-Identifier: MIT
// The limit of open files: every attachment by BPF link is a descriptor.
#pragma once

#include <string>

namespace knp
{

// To the hard limit, and with CAP_SYS_RESOURCE as far as 4,096 interfaces need it. Where it stays too low the kernel says EMFILE.
void raiseDescriptorLimit();

// Before an attachment: some descriptors stay free for the run itself, which reads maps and files. Throws NativeError EMFILE.
void requireFreeDescriptors(const std::string &operation);

} // namespace knp
