// SPDX-License-Identifier: MIT
// Gives up the user and capabilities on every thread of the process: the kernel keeps both for each thread by itself.
#pragma once

#include <cstdint>
#include <napi.h>

namespace knp
{

struct PrivilegeTarget {
	bool changeUser; // to uid and gid, with no other groups
	uint32_t uid;
	uint32_t gid;
	uint64_t capabilities; // what stays permitted and effective, a bit each
};

// Returns the number of threads that were changed. Throws NativeError; the calling thread goes first, so that where it isn't
// permitted nothing has changed.
int dropPrivileges(const PrivilegeTarget &target);

// Do map operations by descriptor work without any capability (Linux 5.19, or unprivileged BPF allowed)? Tried on this thread.
bool mapsWorkWithoutCapabilities();

// dropPrivileges and mapsWorkWithoutCapabilities of NativeModule.
void definePrivileges(Napi::Env env, Napi::Object exports);

} // namespace knp
