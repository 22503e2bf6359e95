// SPDX-License-Identifier: MIT
// The two asynchronous operations of a session: draining, and running captured frames.
#pragma once

#include <cstddef>
#include <memory>
#include <node_api.h>

namespace knp
{

struct SessionCore;

// Both throw NativeError EBUSY while either of them is running; they return the promise.
napi_value startDrain(napi_env env, std::shared_ptr<SessionCore> core);
napi_value startFrames(napi_env env, std::shared_ptr<SessionCore> core, napi_value frames, size_t bytes);

} // namespace knp
