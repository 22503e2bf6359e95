// SPDX-License-Identifier: MIT
// Defaults for operations that only some kinds of attachment support.
#include "attach/attachment.h"

#include "host/native_error.h"

#include <cerrno>

namespace knp
{

void Attachment::setEnabled(bool)
{
	throw NativeError::notSupported("switch an attachment", EOPNOTSUPP, "only perf events can be switched on and off");
}

FileDescriptor Attachment::openWalk()
{
	throw NativeError::notSupported("walk an iterator", EOPNOTSUPP, "this attachment is no iterator");
}

} // namespace knp
