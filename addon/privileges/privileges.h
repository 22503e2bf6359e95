// SPDX-License-Identifier: MIT
// Drops the user and capabilities on every thread of the process: the kernel keeps both per thread.
#pragma once

#include <cstdint>
#include <napi.h>

namespace knp
{

struct PrivilegeTarget {
	bool changeUser; // to uid and gid, with no other groups
	uint32_t uid;
	uint32_t gid;
	uint64_t capabilities; // those that stay permitted and effective, as a bit mask
};

// Returns the number of threads changed. Throws NativeError; the calling thread is changed first, so that without
// permission nothing changes.
int dropPrivileges(const PrivilegeTarget &target);

// Do map operations by descriptor work without any capability (Linux 5.19, or unprivileged BPF allowed)? Tried on this thread.
bool mapsWorkWithoutCapabilities();

// dropPrivileges and mapsWorkWithoutCapabilities of NativeModule.
void definePrivileges(Napi::Env env, Napi::Object exports);

} // namespace knp
