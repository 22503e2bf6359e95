// SPDX-License-Identifier: MIT
#include "host/clocks.h"

#include <ctime>

namespace knp
{

namespace
{

// Nanoseconds in a double are exact for 104 days only; in the caller's unit a double is exact to a microsecond for centuries.
Napi::Value readClock(const Napi::CallbackInfo &info, clockid_t clock, double unitsPerSecond)
{
	timespec now = {};
	clock_gettime(clock, &now);
	const double seconds = static_cast<double>(now.tv_sec);
	return Napi::Number::New(info.Env(),
	                         seconds * unitsPerSecond + static_cast<double>(now.tv_nsec) * (unitsPerSecond / 1e9));
}

} // namespace

void defineClocks(Napi::Env env, Napi::Object exports)
{
	auto boottime = [](const Napi::CallbackInfo &info) { return readClock(info, CLOCK_BOOTTIME, 1e3); };
	auto wall = [](const Napi::CallbackInfo &info) { return readClock(info, CLOCK_REALTIME, 1e6); };
	exports.Set("boottimeMs", Napi::Function::New(env, boottime, "boottimeMs"));
	exports.Set("wallUs", Napi::Function::New(env, wall, "wallUs"));
}

} // namespace knp
