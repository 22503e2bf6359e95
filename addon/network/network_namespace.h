// SPDX-License-Identifier: MIT
// Another network namespace for the calling thread: what it attaches and lists from then on is there.
#pragma once

#include <napi.h>
#include <string>

namespace knp
{

// `path`: a namespace's file, as /run/netns/NAME or /proc/PID/ns/net. Throws NativeError.
void enterNetworkNamespace(const std::string &path);

// enterNetworkNamespace of NativeModule.
void defineNetworkNamespace(Napi::Env env, Napi::Object exports);

} // namespace knp
