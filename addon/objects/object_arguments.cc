// SPDX-License-Identifier: MIT
// Reads bytes and names from JavaScript's arrays.
#include "objects/object_arguments.h"

#include "javascript/javascript.h"

namespace knp
{

std::vector<uint8_t> objectArgument(const Napi::Value &value)
{
	if (!value.IsTypedArray())
		throw NativeError::invalid("read the arguments", "object must be a Uint8Array");
	const auto array = value.As<Napi::TypedArray>();
	const auto *start = static_cast<const uint8_t *>(array.ArrayBuffer().Data()) + array.ByteOffset();
	return std::vector<uint8_t>(start, start + array.ByteLength());
}

std::vector<std::string> namesArgument(const Napi::Value &value, const char *name)
{
	if (!value.IsArray())
		throw NativeError::invalid("read the arguments", std::string(name) + " must be an array of names");
	const auto list = value.As<Napi::Array>();
	std::vector<std::string> names;
	for (uint32_t index = 0; index < list.Length(); index++)
		names.push_back(textArgument(list.Get(index), name));
	return names;
}

CompanionPlan companionPlan(const Napi::Value &object, const Napi::Value &programs)
{
	if (!programs.IsObject())
		throw NativeError::invalid("read the arguments", "programs must be an object");
	const auto choice = programs.As<Napi::Object>();
	const auto set = [&](const char *key) {
		const std::vector<std::string> names = namesArgument(choice.Get(key), key);
		return std::set<std::string>(names.begin(), names.end());
	};
	return {objectArgument(object), set("required"), set("optional")};
}

} // namespace knp
