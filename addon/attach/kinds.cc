// SPDX-License-Identifier: MIT
// The table of attachment kinds. A new kind needs its own file in this folder and a row here.
#include "attach/kinds.h"

#include "attach/cgroup.h"
#include "attach/hook_arguments.h"
#include "attach/interface_hooks.h"
#include "attach/iterator.h"
#include "attach/perf_event.h"
#include "attach/tracing.h"
#include "host/descriptor_limit.h"
#include "javascript/javascript.h"

namespace knp
{

namespace
{

using Place = Napi::Object;
using Owner = std::unique_ptr<Attachment>;

struct Kind {
	const char *name;
	Owner (*attach)(const LoadedProgram &program, const Place &place);
};

constexpr uint32_t frequencyMax = 100000;

Owner attachToHook(const LoadedProgram &program, const Place &place)
{
	const auto index =
		static_cast<int>(numberArgument(place.Get("interfaceIndex"), "interfaceIndex", 1, interfaceIndexMax));
	return attachToInterface(program, index, directionArgument(place.Get("direction")), hookArgument(place.Get("kind")),
	                         Placement::BehindMonitor);
}

const Kind kinds[] = {
	{"xdp-native", attachToHook},
	{"xdp-generic", attachToHook},
	{"tcx", attachToHook},
	{"clsact", attachToHook},
	{"cgroup", [](const LoadedProgram &program,
                      const Place &place) { return attachCgroup(program, textArgument(place.Get("path"), "path")); }},
	{"tracing", [](const LoadedProgram &program, const Place &) { return attachTracing(program); }},
	{"perf_event",
         [](const LoadedProgram &program, const Place &place) {
		 const uint32_t hertz = numberArgument(place.Get("frequencyHertz"), "frequencyHertz", 1, frequencyMax);
		 return attachPerfEvent(program, hertz, booleanArgument(place.Get("enabled"), "enabled"));
	 }},
	{"iterator",
         [](const LoadedProgram &program, const Place &place) {
		 const Napi::Value cgroup = place.Get("cgroup");
		 return attachIterator(program, cgroup.IsUndefined() ? std::string() : textArgument(cgroup, "cgroup"));
	 }},
};

} // namespace

std::unique_ptr<Attachment> attachByKind(const LoadedProgram &program, const Napi::Value &place)
{
	if (!place.IsObject())
		throw NativeError::invalid("read the arguments", "place must be an object");
	const Napi::Object object = place.As<Napi::Object>();
	const std::string name = textArgument(object.Get("kind"), "kind");
	for (const Kind &kind : kinds) {
		if (name != kind.name)
			continue;
		requireFreeDescriptors("attach " + program.section);
		return kind.attach(program, object);
	}
	throw NativeError::invalid("read the arguments", "there is no attachment of kind " + name);
}

} // namespace knp
