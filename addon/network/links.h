// SPDX-License-Identifier: MIT
// The network interfaces of this thread's network namespace, from the kernel itself.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace knp
{

enum class Offload { On, Off, Unknown };

struct Link {
	std::string name;
	std::vector<std::string> alternativeNames; // IFLA_ALT_IFNAME, Linux 5.5
	uint32_t index;
	uint16_t type;  // ARPHRD_*
	uint32_t flags; // IFF_*
	uint32_t mtu;
	std::string kind; // IFLA_INFO_KIND
	uint32_t master;
	uint32_t linkIndex;      // IFLA_LINK: a veth's peer, a VLAN's lower device; 0 without
	int32_t linkNamespaceId; // IFLA_LINK_NETNSID: that link is in another network namespace; -1: in this one
	std::string driver;
	Offload rxVlan;
	const char *xdp; // none, native, generic, offload, several
};

// Throws NativeError. Where `asksDriver` returns false, `driver` is empty and `rxVlan` unknown: each of the two ioctls takes the RTNL lock.
std::vector<Link> listLinks(const std::function<bool(const Link &)> &asksDriver);

} // namespace knp
