// SPDX-License-Identifier: MIT
// The exports of the .node file: NativeModule of src/core/native/contract.ts.
#include "objects/embedded_object.h"
#include "attach/hooked_programs.h"
#include "host/clocks.h"
#include "javascript/javascript.h"
#include "host/grace_periods.h"
#include "host/kernel_features.h"
#include "network/links_module.h"
#include "network/network_namespace.h"
#include "network/offloads.h"
#include "privileges/privileges.h"
#include "session/session.h"
#include "host/startup_pages.h"
#include "objects/companion_object.h"

#include <bpf/libbpf.h>
#include <cerrno>

namespace
{

Napi::Value probe(const Napi::CallbackInfo &info)
{
	return knp::guarded(info.Env(), [&]() -> Napi::Value {
		knp::LibbpfLog quiet;
		Napi::Object features = Napi::Object::New(info.Env());
		for (const knp::KernelFeature &feature : knp::probeKernel()) {
			if (feature.failure == EPERM || feature.failure == EACCES)
				features.Set(feature.name, knp::errnoName(feature.failure));
			else
				features.Set(feature.name, feature.failure == 0);
		}
		return features;
	});
}

Napi::Object initialise(Napi::Env env, Napi::Object exports)
{
	const char *version = libbpf_version_string();
	exports.Set("libbpfVersion", version[0] == 'v' ? version + 1 : version);
	exports.Set("abiVersion", KNP_ABI_VERSION);
	exports.Set("objectSha256", knp::embeddedObject().sha256);
	exports.Set("Session", knp::Session::define(env));
	knp::defineCompanionObjects(env, exports);
	exports.Set("probe", Napi::Function::New(env, probe, "probe"));
	knp::defineClocks(env, exports);
	knp::defineLinks(env, exports);
	knp::defineGracePeriods(env, exports);
	knp::defineHookedPrograms(env, exports);
	knp::defineNetworkNamespace(env, exports);
	knp::defineOffloads(env, exports);
	knp::definePrivileges(env, exports);
	knp::defineStartupPages(env, exports);
	return exports;
}

} // namespace

NODE_API_MODULE(kubenetprobe_top, initialise)
