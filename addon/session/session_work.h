// SPDX-License-Identifier: MIT
// The two things that a session does off the calling thread: draining, and running captured frames.
#pragma once

#include <cstddef>
#include <memory>
#include <node_api.h>

namespace knp
{

struct SessionCore;

// Both throw NativeError EBUSY while the other or another one of it is under way; the promise is the result.
napi_value startDrain(napi_env env, std::shared_ptr<SessionCore> core);
napi_value startFrames(napi_env env, std::shared_ptr<SessionCore> core, napi_value frames, size_t bytes);

} // namespace knp
