// SPDX-License-Identifier: MIT
// Lists interfaces by one RTM_GETLINK dump (repeated if links changed meanwhile), then two ioctls for each interface whose driver is queried.
#include "network/links.h"

#include "host/native_error.h"
#include "network/netlink.h"

#include <algorithm>
#include <cerrno>
#include <climits> // linux/ethtool.h uses INT_MAX
#include <cstring>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace knp
{

namespace
{

const char *xdpName(const struct rtattr *xdp)
{
	const auto *mode = xdp ? findAttribute(RTA_DATA(xdp), RTA_PAYLOAD(xdp), IFLA_XDP_ATTACHED) : nullptr;
	if (!mode)
		return "none";
	switch (*static_cast<const uint8_t *>(RTA_DATA(mode))) {
	case XDP_ATTACHED_NONE:
		return "none";
	case XDP_ATTACHED_DRV:
		return "native";
	case XDP_ATTACHED_SKB:
		return "generic";
	case XDP_ATTACHED_HW:
		return "offload";
	default:
		return "several";
	}
}

bool ethtool(int socket, const std::string &name, void *command)
{
	struct ifreq request = {};
	strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
	request.ifr_data = static_cast<char *>(command);
	return ioctl(socket, SIOCETHTOOL, &request) == 0;
}

void askDriver(int socket, Link &link)
{
	struct ethtool_drvinfo driver = {};
	driver.cmd = ETHTOOL_GDRVINFO;
	if (ethtool(socket, link.name, &driver))
		link.driver = std::string(driver.driver, strnlen(driver.driver, sizeof(driver.driver)));
	struct ethtool_value flags = {};
	flags.cmd = ETHTOOL_GFLAGS;
	if (ethtool(socket, link.name, &flags))
		link.rxVlan = flags.data & ETH_FLAG_RXVLAN ? Offload::On : Offload::Off;
}

Link readLink(const struct nlmsghdr *header)
{
	const auto *message = static_cast<const struct ifinfomsg *>(NLMSG_DATA(header));
	const void *first = IFLA_RTA(message);
	const size_t bytes = IFLA_PAYLOAD(header);
	auto number = [&](uint16_t type) {
		const auto *attribute = findAttribute(first, bytes, type);
		return attribute ? attributeNumber(attribute) : 0;
	};
	Link link = {};
	const auto *name = findAttribute(first, bytes, IFLA_IFNAME);
	link.name = name ? attributeText(name) : "";
	link.index = static_cast<uint32_t>(message->ifi_index);
	link.type = message->ifi_type;
	link.flags = message->ifi_flags;
	link.mtu = number(IFLA_MTU);
	link.master = number(IFLA_MASTER);
	link.linkIndex = number(IFLA_LINK);
	const auto *namespaceId = findAttribute(first, bytes, IFLA_LINK_NETNSID);
	link.linkNamespaceId = namespaceId ? static_cast<int32_t>(attributeNumber(namespaceId)) : -1;
	const auto *info = findAttribute(first, bytes, IFLA_LINKINFO);
	const auto *kind = info ? findAttribute(RTA_DATA(info), RTA_PAYLOAD(info), IFLA_INFO_KIND) : nullptr;
	link.kind = kind ? attributeText(kind) : "";
	if (const auto *properties = findAttribute(first, bytes, IFLA_PROP_LIST)) {
		visitAttributes(RTA_DATA(properties), RTA_PAYLOAD(properties), [&](const struct rtattr *property) {
			if ((property->rta_type & NLA_TYPE_MASK) == IFLA_ALT_IFNAME)
				link.alternativeNames.push_back(attributeText(property));
		});
	}
	link.rxVlan = Offload::Unknown;
	link.xdp = xdpName(findAttribute(first, bytes, IFLA_XDP));
	return link;
}

} // namespace

std::vector<Link> listLinks(const std::function<bool(const Link &)> &asksDriver)
{
	NetlinkSocket netlink;
	std::vector<Link> links;
	LinkRequest request;
	request.addNumber(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	int failed = netlink.dump(request, [&](const struct nlmsghdr *header) {
		if (header->nlmsg_type == RTM_NEWLINK)
			links.push_back(readLink(header));
	});
	if (failed && failed != EAGAIN)
		throw NativeError::fromErrno("list network interfaces", failed);
	if (std::none_of(links.begin(), links.end(), asksDriver))
		return links;
	FileDescriptor asked(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	if (!asked.valid())
		throw NativeError::fromErrno("open a socket to ask drivers", errno);
	for (Link &link : links) {
		if (asksDriver(link))
			askDriver(asked.get(), link);
	}
	return links;
}

} // namespace knp
