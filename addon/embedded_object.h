// SPDX-License-Identifier: MIT
// The BPF object that this addon was built with.
#pragma once

#include <cstddef>

namespace knp
{

struct ObjectBytes {
	const void *start;
	size_t bytes;
	const char *sha256; // hex
};

ObjectBytes embeddedObject();

} // namespace knp
