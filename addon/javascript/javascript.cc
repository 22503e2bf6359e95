// SPDX-License-Identifier: MIT
// Builds error objects and checks arguments.
#include "javascript/javascript.h"

#include <cmath>
#include <cstring>

namespace knp
{

namespace
{

void setText(napi_env env, napi_value object, const char *key, const std::string &text)
{
	napi_value value;
	if (napi_create_string_utf8(env, text.data(), text.size(), &value) == napi_ok)
		napi_set_named_property(env, object, key, value);
}

NativeError wrongArgument(const char *name, const std::string &wanted)
{
	return NativeError::invalid("read the arguments", std::string(name) + " must be " + wanted);
}

} // namespace

napi_value makeErrorObject(napi_env env, const NativeError &error)
{
	std::string text = error.operation + ": ";
	text += error.code == "ENOTSUP" || error.number == 0 ? error.code : std::string(strerror(error.number));
	if (!error.detail.empty()) {
		const size_t lineEnd = error.detail.find('\n');
		text += " (" + error.detail.substr(0, lineEnd) + ")";
	}
	napi_value message, code, object, number;
	napi_create_string_utf8(env, text.data(), text.size(), &message);
	napi_create_string_utf8(env, error.code.data(), error.code.size(), &code);
	if (napi_create_error(env, code, message, &object) != napi_ok)
		return nullptr;
	setText(env, object, "operation", error.operation);
	setText(env, object, "detail", error.detail);
	if (napi_create_int32(env, error.number, &number) == napi_ok)
		napi_set_named_property(env, object, "errno", number);
	return object;
}

uint32_t numberArgument(const Napi::Value &value, const char *name, uint32_t lowest, uint32_t highest)
{
	double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
	if (!(number >= lowest && number <= highest) || number != std::floor(number))
		throw wrongArgument(name, "a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest));
	return static_cast<uint32_t>(number);
}

bool booleanArgument(const Napi::Value &value, const char *name)
{
	if (!value.IsBoolean())
		throw wrongArgument(name, "true or false");
	return value.As<Napi::Boolean>().Value();
}

std::string textArgument(const Napi::Value &value, const char *name)
{
	if (!value.IsString())
		throw wrongArgument(name, "a string");
	return value.As<Napi::String>().Utf8Value();
}

} // namespace knp
