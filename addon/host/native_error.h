// SPDX-License-Identifier: MIT
// The addon's error type: the operation, errno, and the message of libbpf or the verifier.
#pragma once

#include <exception>
#include <string>

struct bpf_object;

namespace knp
{

struct NativeError {
	std::string code;
	std::string operation;
	int number; // positive errno, 0 if none applies
	std::string detail;

	// For a call that failed with errno.
	static NativeError fromErrno(std::string operation, int number, std::string detail = {});
	// For a missing kernel feature: its name, and the version that introduced it.
	static NativeError notSupported(std::string operation, int number, std::string what);
	static NativeError invalid(std::string operation, std::string detail);
	// For exceptions of the C++ library: ENOMEM for std::bad_alloc, EUNKNOWN otherwise.
	static NativeError fromException(const std::exception &error);
};

const char *errnoName(int number);

// Collects what libbpf prints on this thread during its lifetime; libbpf's default would write to stderr.
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
	// All that was kept: at least the last 512 KiB.
	const std::string &all() const { return collected; }
	bool verifierSpoke() const;

private:
	std::string collected;
	std::string *outer;
};

} // namespace knp
