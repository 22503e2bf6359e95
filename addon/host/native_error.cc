// SPDX-License-Identifier: MIT
// Names of errno values, and capturing libbpf's messages.
#include "host/native_error.h"

#include <bpf/libbpf.h>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <new>
#include <sys/resource.h>

namespace knp
{

namespace
{

constexpr size_t detailBytesMax = 4096;
// A verifier log can have megabytes; the reason is at its end.
constexpr size_t collectedBytesMax = 1 << 20;

thread_local std::string *listener = nullptr;

int collect(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (!listener || level == LIBBPF_DEBUG)
		return 0;
	va_list again;
	va_copy(again, arguments);
	int length = vsnprintf(nullptr, 0, format, again);
	va_end(again);
	if (length <= 0)
		return 0;
	size_t before = listener->size();
	listener->resize(before + length + 1);
	vsnprintf(&(*listener)[before], length + 1, format, arguments);
	listener->resize(before + length);
	if (listener->size() > collectedBytesMax)
		listener->erase(0, listener->size() - collectedBytesMax / 2);
	return length;
}

// By getrlimit: without a free descriptor /proc/self/limits can't be read.
std::string openFilesText()
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		return {};
	return std::to_string(limit.rlim_cur) + " files may be open";
}

} // namespace

const char *errnoName(int number)
{
	// strerrorname_np needs glibc 2.32; the package promises 2.28.
	switch (number) {
#define NAME(value)                                                                                                            \
	case value:                                                                                                            \
		return #value
		NAME(EPERM);
		NAME(ENOENT);
		NAME(ESRCH);
		NAME(EINTR);
		NAME(EIO);
		NAME(ENXIO);
		NAME(E2BIG);
		NAME(EBADF);
		NAME(EAGAIN);
		NAME(ENOMEM);
		NAME(EACCES);
		NAME(EFAULT);
		NAME(EBUSY);
		NAME(EEXIST);
		NAME(ENODEV);
		NAME(EINVAL);
		NAME(ENFILE);
		NAME(EMFILE);
		NAME(ENOSPC);
		NAME(EROFS);
		NAME(ERANGE);
		NAME(ENOSYS);
		NAME(ENODATA);
		NAME(EMSGSIZE);
		NAME(EOPNOTSUPP);
		NAME(EADDRINUSE);
		NAME(ENETDOWN);
		NAME(ENOBUFS);
		NAME(ETIMEDOUT);
		NAME(ECANCELED);
		NAME(EOVERFLOW);
		NAME(ENOLINK);
		NAME(ESTALE);
#undef NAME
	case 524:
		return "ENOTSUP"; // the kernel's own ENOTSUPP, which never got a number in user space
	default:
		return "EUNKNOWN";
	}
}

NativeError NativeError::fromErrno(std::string operation, int number, std::string detail)
{
	number = number < 0 ? -number : number;
	if (number == EMFILE && detail.empty())
		detail = openFilesText();
	return NativeError{errnoName(number), std::move(operation), number, std::move(detail)};
}

NativeError NativeError::notSupported(std::string operation, int number, std::string what)
{
	number = number < 0 ? -number : number;
	return NativeError{"ENOTSUP", std::move(operation), number, std::move(what)};
}

NativeError NativeError::invalid(std::string operation, std::string detail)
{
	return NativeError{"EINVAL", std::move(operation), EINVAL, std::move(detail)};
}

NativeError NativeError::fromException(const std::exception &error)
{
	const bool noMemory = dynamic_cast<const std::bad_alloc *>(&error) != nullptr;
	return NativeError{noMemory ? "ENOMEM" : "EUNKNOWN", "work in the addon", noMemory ? ENOMEM : 0, error.what()};
}

LibbpfLog::LibbpfLog() : outer(listener)
{
	static std::once_flag once;
	std::call_once(once, [] { libbpf_set_print(collect); });
	listener = &collected;
}

LibbpfLog::~LibbpfLog()
{
	listener = outer;
}

std::string LibbpfLog::tail(const std::string &log)
{
	if (log.size() <= detailBytesMax)
		return log;
	size_t start = log.size() - detailBytesMax;
	size_t line = log.find('\n', start);
	return log.substr(line == std::string::npos ? start : line + 1);
}

bool LibbpfLog::verifierSpoke() const
{
	return collected.find("BEGIN PROG LOAD LOG") != std::string::npos;
}

} // namespace knp
