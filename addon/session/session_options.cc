// SPDX-License-Identifier: MIT
// Reads the session options: object, table sizes, mode.
#include "session/session_options.h"

#include "host/kernel_features.h"
#include "javascript/javascript.h"
#include "objects/embedded_object.h"

namespace knp
{

ObjectOptions sessionOptions(const Napi::Value &value)
{
	if (!value.IsObject())
		throw NativeError::invalid("read the options", "an object is needed");
	const Napi::Object object = value.As<Napi::Object>();
	ObjectOptions options = {};
	const Napi::Value bytes = object.Get("object");
	if (bytes.IsUndefined()) {
		LibbpfLog quiet;
		const ObjectBytes embedded = lacksCompareAndSwap() ? embeddedHashObject() : embeddedObject();
		options.embedded = true;
		options.object = embedded.start;
		options.objectBytes = embedded.bytes;
	} else if (bytes.IsTypedArray()) {
		const auto array = bytes.As<Napi::TypedArray>();
		options.object = static_cast<uint8_t *>(array.ArrayBuffer().Data()) + array.ByteOffset();
		options.objectBytes = array.ByteLength();
	} else {
		throw NativeError::invalid("read the options", "object must be a Uint8Array");
	}
	options.maxFlows = numberArgument(object.Get("maxFlows"), "maxFlows", 1024, 4194304);
	options.interfaceSlots = numberArgument(object.Get("interfaceSlots"), "interfaceSlots", 1, KNP_INTERFACE_SLOTS_MAX);
	options.features = numberArgument(object.Get("features"), "features", 0, featuresMax);
	options.ringBytes = numberArgument(object.Get("ringBytes"), "ringBytes", 4096, 1u << 30);
	if (options.ringBytes & (options.ringBytes - 1))
		throw NativeError::invalid("read the options", "ringBytes must be a power of two");
	options.capture = booleanArgument(object.Get("capture"), "capture");
	return options;
}

} // namespace knp
