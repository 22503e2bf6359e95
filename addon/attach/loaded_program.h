// SPDX-License-Identifier: MIT
// A program in the kernel, with the attach target that its section names. Its object owns the descriptor.
#pragma once

#include <cstdint>
#include <string>

#include <linux/bpf.h>

namespace knp
{

struct LoadedProgram {
	int fd;
	std::string section;
	enum bpf_prog_type type;
	enum bpf_attach_type attachType; // given at load; 0 where the kind has none
};

// Throws NativeError.
uint32_t programIdOf(const LoadedProgram &program);

} // namespace knp
