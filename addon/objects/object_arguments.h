// SPDX-License-Identifier: MIT
// BPF objects and the choice of their programs, from JavaScript arguments.
#pragma once

#include <cstdint>
#include <napi.h>
#include <set>
#include <string>
#include <vector>

namespace knp
{

struct CompanionPlan {
	std::vector<uint8_t> object;
	std::set<std::string> required; // programs
	std::set<std::string> optional;
};

// All throw NativeError EINVAL.
std::vector<uint8_t>
objectArgument(const Napi::Value &value); // a copy: read on another thread, and again after the kernel refuses a program
std::vector<std::string> namesArgument(const Napi::Value &value, const char *name);
// `programs`: NativeProgramChoice of contract.ts.
CompanionPlan companionPlan(const Napi::Value &object, const Napi::Value &programs);

} // namespace knp
