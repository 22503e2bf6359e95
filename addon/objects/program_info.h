// SPDX-License-Identifier: MIT
// The kernel's information about loaded programs.
#pragma once

#include <cstdint>
#include <napi.h>
#include <string>
#include <vector>

struct bpf_object;

namespace knp
{

struct ProgramInfo {
	std::string name;
	std::string section;
	uint32_t id;
	std::string tag;
	uint32_t verifiedInstructions;
	uint32_t jitedBytes;
	uint64_t runCount;
	uint64_t runTimeNs;
	uint64_t missedCount; // runs that the kernel skipped because the program was already running on that CPU
};

// The loaded programs, in the object's order.
std::vector<ProgramInfo> describePrograms(const struct bpf_object *object);
Napi::Array programList(Napi::Env env, const std::vector<ProgramInfo> &programs);

} // namespace knp
