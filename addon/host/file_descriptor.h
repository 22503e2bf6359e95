// SPDX-License-Identifier: MIT
// RAII owners of file descriptors and memory mappings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace knp
{

class FileDescriptor
{
public:
	FileDescriptor() = default;
	explicit FileDescriptor(int fd) : fd(fd) {}
	~FileDescriptor() { close(); }
	FileDescriptor(FileDescriptor &&other) noexcept : fd(std::exchange(other.fd, -1)) {}
	FileDescriptor &operator=(FileDescriptor &&other) noexcept
	{
		if (this != &other) {
			close();
			fd = std::exchange(other.fd, -1);
		}
		return *this;
	}
	int get() const { return fd; }
	bool valid() const { return fd >= 0; }
	void close();

private:
	int fd = -1;
};

// A mapped range of memory; the destructor unmaps it.
class Mapping
{
public:
	Mapping() = default;
	~Mapping() { unmap(); }
	Mapping(Mapping &&other) noexcept : start(std::exchange(other.start, nullptr)), bytes(std::exchange(other.bytes, 0)) {}
	Mapping &operator=(Mapping &&other) noexcept
	{
		if (this != &other) {
			unmap();
			start = std::exchange(other.start, nullptr);
			bytes = std::exchange(other.bytes, 0);
		}
		return *this;
	}

	// Part of a BPF array that was made with BPF_F_MMAPABLE, readable and writable. `offset`: whole pages.
	static Mapping ofMap(int mapFd, size_t bytes, size_t offset, const std::string &operation);
	// State of a map that the kernel exposes read-only, e.g. the positions of a ring buffer.
	static Mapping readOnlyOfMap(int mapFd, size_t bytes, const std::string &operation);
	// Private zeroed memory; pages are allocated on first use.
	static Mapping anonymous(size_t bytes, const std::string &operation);

	template <typename Type> Type *as() const { return static_cast<Type *>(start); }
	size_t size() const { return bytes; }
	void unmap();

private:
	void *start = nullptr;
	size_t bytes = 0;
};

size_t pageBytes();
size_t roundUpToPage(size_t bytes);

} // namespace knp
