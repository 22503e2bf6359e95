// SPDX-License-Identifier: MIT
// dropPrivileges and mapsWorkWithoutCapabilities as JavaScript sees them.
#include "privileges/privileges.h"

#include "javascript/javascript.h"

namespace knp
{

namespace
{

constexpr uint32_t anyNumber = 0xffffffff;
constexpr uint32_t lastCapability = 63;

// ({uid, gid} | null, capability numbers to keep) => threads changed
Napi::Value drop(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		PrivilegeTarget target = {};
		if (info[0].IsObject()) {
			const Napi::Object user = info[0].As<Napi::Object>();
			target.changeUser = true;
			target.uid = numberArgument(user.Get("uid"), "uid", 0, anyNumber);
			target.gid = numberArgument(user.Get("gid"), "gid", 0, anyNumber);
		}
		if (!info[1].IsArray())
			throw NativeError::invalid("drop privileges", "capabilities: an array of numbers");
		const Napi::Array kept = info[1].As<Napi::Array>();
		for (uint32_t index = 0; index < kept.Length(); index++)
			target.capabilities |= uint64_t(1) << numberArgument(kept.Get(index), "capability", 0, lastCapability);
		return Napi::Number::New(info.Env(), dropPrivileges(target));
	});
}

Napi::Value tryMaps(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(),
	               [&]() -> Napi::Value { return Napi::Boolean::New(info.Env(), mapsWorkWithoutCapabilities()); });
}

} // namespace

void definePrivileges(Napi::Env env, Napi::Object exports)
{
	exports.Set("dropPrivileges", Napi::Function::New(env, drop, "dropPrivileges"));
	exports.Set("mapsWorkWithoutCapabilities", Napi::Function::New(env, tryMaps, "mapsWorkWithoutCapabilities"));
}

} // namespace knp
