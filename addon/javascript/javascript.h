// SPDX-License-Identifier: MIT
// Conversions between C++ and JavaScript: errors and checked arguments.
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

// Runs a method's body and turns its exceptions into JavaScript exceptions. A C++ exception that reaches Node-API's C functions ends the
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
