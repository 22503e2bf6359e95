// SPDX-License-Identifier: MIT
#include "network/link_watch.h"

#include "javascript/javascript.h"

#include <cerrno>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <set>
#include <sys/socket.h>

namespace knp
{

namespace
{

// A pod's interface causes some ten messages of 2 KB: the buffer holds those of a hundred interfaces between two polls.
constexpr int waitingBytes = 4 << 20;

// Only the header of a message is read: its type and the interface's index.
struct LinkChange {
	struct nlmsghdr header;
	struct ifinfomsg link;
};

int openLinkSocket()
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (fd < 0)
		return -1;
	// The first one needs CAP_NET_ADMIN; the second is capped by net.core.rmem_max. A smaller buffer overruns more often, and an overrun costs a full list.
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &waitingBytes, sizeof(waitingBytes)) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &waitingBytes, sizeof(waitingBytes));
	return fd;
}

} // namespace

Napi::Function LinkWatch::define(Napi::Env env)
{
	return DefineClass(env, "LinkWatch",
	                   {InstanceMethod<&LinkWatch::read>("read"), InstanceMethod<&LinkWatch::close>("close")});
}

LinkWatch::LinkWatch(const Napi::CallbackInfo &info) : Napi::ObjectWrap<LinkWatch>(info)
{
	guarded(info.Env(), [&]() -> Napi::Value {
		socket = FileDescriptor(openLinkSocket());
		if (!socket.valid())
			throw NativeError::fromErrno("open a netlink socket", errno);
		struct sockaddr_nl groups = {};
		groups.nl_family = AF_NETLINK;
		groups.nl_groups = RTMGRP_LINK;
		if (bind(socket.get(), reinterpret_cast<struct sockaddr *>(&groups), sizeof(groups)) != 0)
			throw NativeError::fromErrno("listen for changes of interfaces", errno);
		return info.Env().Undefined();
	});
}

Napi::Value LinkWatch::read(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		bool changed = false;
		std::set<int> deleted;
		LinkChange change;
		while (socket.valid()) {
			const ssize_t length = recv(socket.get(), &change, sizeof(change), MSG_TRUNC);
			if (length < 0) {
				if (errno == EINTR)
					continue;
				// Overrun: the full list recovers the lost messages.
				if (errno == ENOBUFS) {
					changed = true;
					continue;
				}
				if (errno == EAGAIN)
					break;
				throw NativeError::fromErrno("read changes of interfaces", errno);
			}
			// A bridge reports its ports under the family AF_BRIDGE.
			if (length < static_cast<ssize_t>(sizeof(change)) || change.link.ifi_family != AF_UNSPEC)
				continue;
			changed = true;
			if (change.header.nlmsg_type == RTM_DELLINK)
				deleted.insert(change.link.ifi_index);
		}
		if (!changed)
			return info.Env().Null();
		Napi::Array indexes = Napi::Array::New(info.Env());
		for (int index : deleted)
			indexes.Set(indexes.Length(), index);
		return indexes;
	});
}

void LinkWatch::close(const Napi::CallbackInfo &)
{
	socket.close();
}

} // namespace knp
