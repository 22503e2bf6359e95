// SPDX-License-Identifier: MIT
// setns(2) for the calling thread; BPF links and open sockets keep the namespace that they were made in.
#include "network/network_namespace.h"

#include "javascript/javascript.h"
#include "host/file_descriptor.h"

#include <cerrno>
#include <fcntl.h>
#include <sched.h>

namespace knp
{

void enterNetworkNamespace(const std::string &path)
{
	const std::string operation = "enter network namespace " + path;
	FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
	if (!file.valid())
		throw NativeError::fromErrno(operation, errno);
	if (setns(file.get(), CLONE_NEWNET))
		throw NativeError::fromErrno(operation, errno);
}

void defineNetworkNamespace(Napi::Env env, Napi::Object exports)
{
	auto enter = [](const Napi::CallbackInfo &info) {
		guarded(info.Env(), [&]() { enterNetworkNamespace(textArgument(info[0], "path")); });
	};
	exports.Set("enterNetworkNamespace", Napi::Function::New(env, enter, "enterNetworkNamespace"));
}

} // namespace knp
