// SPDX-License-Identifier: MIT
// Converts the interfaces of links.h to NativeLink objects.
#include "network/links_module.h"

#include "javascript/javascript.h"
#include "network/links.h"
#include "network/link_watch.h"

#include <set>

namespace knp
{

namespace
{

Napi::Object linkObject(Napi::Env env, const Link &link)
{
	Napi::Object entry = Napi::Object::New(env);
	entry.Set("name", link.name);
	Napi::Array names = Napi::Array::New(env);
	for (const std::string &name : link.alternativeNames)
		names.Set(names.Length(), name);
	entry.Set("alternativeNames", names);
	entry.Set("index", link.index);
	entry.Set("type", static_cast<uint32_t>(link.type));
	entry.Set("flags", link.flags);
	entry.Set("mtu", link.mtu);
	entry.Set("kind", link.kind);
	entry.Set("master", link.master);
	entry.Set("linkIndex", link.linkIndex);
	if (link.linkNamespaceId < 0)
		entry.Set("linkNamespaceId", env.Null());
	else
		entry.Set("linkNamespaceId", link.linkNamespaceId);
	entry.Set("driver", link.driver);
	if (link.rxVlan == Offload::Unknown)
		entry.Set("rxVlanOffload", env.Null());
	else
		entry.Set("rxVlanOffload", link.rxVlan == Offload::On);
	entry.Set("xdp", link.xdp);
	return entry;
}

Napi::Value links(const Napi::CallbackInfo &info)
{
	return guarded(info.Env(), [&]() -> Napi::Value {
		const bool drivers = !info[0].IsBoolean() || info[0].As<Napi::Boolean>().Value();
		std::set<uint32_t> indexes;
		if (info[0].IsArray()) {
			const Napi::Array asked = info[0].As<Napi::Array>();
			for (uint32_t at = 0; at < asked.Length(); at++)
				indexes.insert(Napi::Value(asked[at]).As<Napi::Number>().Uint32Value());
		}
		auto asksDriver = [&](const Link &link) {
			return info[0].IsArray() ? indexes.count(link.index) != 0 : drivers;
		};
		Napi::Array list = Napi::Array::New(info.Env());
		for (const Link &link : listLinks(asksDriver))
			list.Set(list.Length(), linkObject(info.Env(), link));
		return list;
	});
}

} // namespace

void defineLinks(Napi::Env env, Napi::Object exports)
{
	exports.Set("links", Napi::Function::New(env, links, "links"));
	exports.Set("LinkWatch", LinkWatch::define(env));
}

} // namespace knp
