// SPDX-License-Identifier: MIT
// Raising RLIMIT_NOFILE.
#include "host/descriptor_limit.h"

#include "host/file_descriptor.h"
#include "host/native_error.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/resource.h>

namespace knp
{

namespace
{

// 4,096 interfaces with a link in each direction, as many locks of clsact filters, and the process's own.
constexpr rlim_t descriptorsWanted = 20000;

// A run has some thirty other descriptors open: maps for its reports, settings files, Node.js's own.
constexpr int descriptorsKeptFree = 64;

} // namespace

void requireFreeDescriptors(const std::string &operation)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	// The kernel returns the lowest free descriptor.
	FileDescriptor lowest(open("/", O_PATH | O_CLOEXEC));
	if (!lowest.valid())
		throw NativeError::fromErrno(operation, errno);
	if (static_cast<rlim_t>(lowest.get()) + descriptorsKeptFree > limit.rlim_cur)
		throw NativeError::fromErrno(operation, EMFILE);
}

void raiseDescriptorLimit()
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= descriptorsWanted)
		return;
	const rlim_t hard = std::max(limit.rlim_max, descriptorsWanted);
	const struct rlimit wanted = {descriptorsWanted, hard};
	if (setrlimit(RLIMIT_NOFILE, &wanted) == 0)
		return;
	// Without CAP_SYS_RESOURCE: up to the hard limit.
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace knp
