// SPDX-License-Identifier: MIT
// Reads offloads by the legacy ethtool ioctls, one per offload: every driver supports them, and they need no capability.
#include "network/offloads.h"

#include "javascript/javascript.h"
#include "host/file_descriptor.h"

#include <cerrno>
#include <climits> // linux/ethtool.h uses INT_MAX
#include <cstring>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace knp
{

namespace
{

struct Question {
	const char *name;
	uint32_t command;
	uint32_t bit;
};

constexpr Question questions[] = {
	{"gro", ETHTOOL_GGRO, ~0u},
	{"gso", ETHTOOL_GGSO, ~0u},
	{"tso", ETHTOOL_GTSO, ~0u},
	{"lro", ETHTOOL_GFLAGS, ETH_FLAG_LRO},
	{"rxvlan", ETHTOOL_GFLAGS, ETH_FLAG_RXVLAN},
	{"txvlan", ETHTOOL_GFLAGS, ETH_FLAG_TXVLAN},
};

// A driver that doesn't support the ioctl doesn't have the offload.
bool isOn(int socket, const std::string &interfaceName, const Question &question)
{
	struct ethtool_value value = {};
	value.cmd = question.command;
	struct ifreq request = {};
	strncpy(request.ifr_name, interfaceName.c_str(), IFNAMSIZ - 1);
	request.ifr_data = reinterpret_cast<char *>(&value);
	return ioctl(socket, SIOCETHTOOL, &request) == 0 && (value.data & question.bit);
}

Napi::Value offloads(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		const std::string name = textArgument(info[0], "interface name");
		FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
		if (!socket.valid())
			throw NativeError::fromErrno("ask the offloads of " + name, errno);
		Napi::Array list = Napi::Array::New(info.Env());
		for (const Question &question : questions)
			if (isOn(socket.get(), name, question))
				list.Set(list.Length(), question.name);
		return list;
	});
}

} // namespace

void defineOffloads(Napi::Env env, Napi::Object exports)
{
	exports.Set("offloads", Napi::Function::New(env, offloads, "offloads"));
}

} // namespace knp
