// SPDX-License-Identifier: MIT
// The objects' ELF bytes, as scripts/build.mjs writes them; opening, sizing and loading is the same for objects from a file.
#include "objects/embedded_object.h"

#include <network_monitor.object.h>
#include <network_monitor_hash.object.h>

namespace knp
{

ObjectBytes embeddedObject()
{
	return {network_monitor_object, sizeof(network_monitor_object), NETWORK_MONITOR_SHA256};
}

ObjectBytes embeddedHashObject()
{
	return {network_monitor_hash_object, sizeof(network_monitor_hash_object), NETWORK_MONITOR_HASH_SHA256};
}

} // namespace knp
