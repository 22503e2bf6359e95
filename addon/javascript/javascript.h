// SPDX-License-Identifier: MIT
// Between C++ and JavaScript: errors out, checked arguments in.
#pragma once

#include "host/native_error.h"

#include <cstdint>
#include <exception>
#include <napi.h>
#include <string>

namespace knp
{

// An Error with code, operation, errno and detail.
napi_value makeErrorObject(napi_env env, const NativeError &error);

// Runs a method's body; what it throws leaves it as a JavaScript exception. Anything else would go through Node-API's C functions, which end the
// process by std::terminate.
template <typename Body> auto guarded(Napi::Env env, Body body) -> decltype(body())
{
	try {
		return body();
	} catch (const NativeError &error) {
		throw Napi::Error(env, makeErrorObject(env, error));
	} catch (const Napi::Error &) {
		throw;
	} catch (const std::exception &error) {
		throw Napi::Error(env, makeErrorObject(env, NativeError::fromException(error)));
	}
}

uint32_t numberArgument(const Napi::Value &value, const char *name, uint32_t lowest, uint32_t highest);
bool booleanArgument(const Napi::Value &value, const char *name);
std::string textArgument(const Napi::Value &value, const char *name);

} // namespace knp
