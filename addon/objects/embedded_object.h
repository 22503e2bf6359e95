// SPDX-License-Identifier: MIT
// The BPF objects that this addon was built with.
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
// Flows in hash maps, for kernels without compare-and-swap in BPF (before 5.12).
ObjectBytes embeddedHashObject();

} // namespace knp
