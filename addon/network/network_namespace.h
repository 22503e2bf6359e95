// SPDX-License-Identifier: MIT
// Moves the calling thread to another network namespace: it attaches and lists interfaces there from then on.
#pragma once

#include <napi.h>
#include <string>

namespace knp
{

// `path`: a namespace's file, such as /run/netns/NAME or /proc/PID/ns/net. Throws NativeError.
void enterNetworkNamespace(const std::string &path);

// enterNetworkNamespace of NativeModule.
void defineNetworkNamespace(Napi::Env env, Napi::Object exports);

} // namespace knp
