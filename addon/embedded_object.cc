// SPDX-License-Identifier: MIT
// Takes the ELF bytes out of bpftool's skeleton; opening, sizing and loading is the same for objects from a file.
#include "embedded_object.h"

#include <network_monitor.sha256.h>
#include <network_monitor.skel.h>
#include <network_monitor_hash.sha256.h>
#include <network_monitor_hash.skel.h>

namespace knp
{

ObjectBytes embeddedObject()
{
	ObjectBytes object = {};
	object.start = network_monitor__elf_bytes(&object.bytes);
	object.sha256 = NETWORK_MONITOR_SHA256;
	return object;
}

ObjectBytes embeddedHashObject()
{
	ObjectBytes object = {};
	object.start = network_monitor_hash__elf_bytes(&object.bytes);
	object.sha256 = NETWORK_MONITOR_HASH_SHA256;
	return object;
}

} // namespace knp
