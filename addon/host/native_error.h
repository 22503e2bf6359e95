// SPDX-License-Identifier: MIT
// The one error type of the addon: what was done, errno, and the words of libbpf or the verifier.
#pragma once

#include <exception>
#include <string>

struct bpf_object;

namespace knp
{

struct NativeError {
	std::string code;
	std::string operation;
	int number; // positive errno, 0 where none applies
	std::string detail;

	// An error of a call that failed with errno.
	static NativeError fromErrno(std::string operation, int number, std::string detail = {});
	// A kernel that lacks something: what, and the version that brought it.
	static NativeError notSupported(std::string operation, int number, std::string what);
	static NativeError invalid(std::string operation, std::string detail);
	// Of the C++ library: ENOMEM for std::bad_alloc, EUNKNOWN otherwise.
	static NativeError fromException(const std::exception &error);
};

const char *errnoName(int number);

// Collects what libbpf prints on this thread while it lives; libbpf's own default would write to stderr.
class LibbpfLog
{
public:
	LibbpfLog();
	~LibbpfLog();
	LibbpfLog(const LibbpfLog &) = delete;
	LibbpfLog &operator=(const LibbpfLog &) = delete;

	// The last 4 KiB, from the start of a line.
	std::string text() const { return tail(collected); }
	static std::string tail(const std::string &log);
	// As much as was kept: the last 512 KiB at least.
	const std::string &all() const { return collected; }
	bool verifierSpoke() const;

private:
	std::string collected;
	std::string *outer;
};

} // namespace knp
