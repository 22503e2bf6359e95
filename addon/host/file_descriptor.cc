// SPDX-License-Identifier: MIT
// Closing and mapping for the RAII classes of file_descriptor.h.
#include "host/file_descriptor.h"

#include "host/native_error.h"

#include <cerrno>
#include <sys/mman.h>
#include <unistd.h>

namespace knp
{

void FileDescriptor::close()
{
	if (fd >= 0)
		::close(fd);
	fd = -1;
}

Mapping Mapping::ofMap(int mapFd, size_t bytes, size_t offset, const std::string &operation)
{
	Mapping mapping;
	void *start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, mapFd, static_cast<off_t>(offset));
	if (start == MAP_FAILED)
		throw NativeError::fromErrno(operation, errno);
	mapping.start = start;
	mapping.bytes = bytes;
	return mapping;
}

Mapping Mapping::readOnlyOfMap(int mapFd, size_t bytes, const std::string &operation)
{
	Mapping mapping;
	void *start = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, mapFd, 0);
	if (start == MAP_FAILED)
		throw NativeError::fromErrno(operation, errno);
	mapping.start = start;
	mapping.bytes = bytes;
	return mapping;
}

Mapping Mapping::anonymous(size_t bytes, const std::string &operation)
{
	Mapping mapping;
	void *start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (start == MAP_FAILED)
		throw NativeError::fromErrno(operation, errno);
	mapping.start = start;
	mapping.bytes = bytes;
	return mapping;
}

void Mapping::unmap()
{
	if (start)
		munmap(start, bytes);
	start = nullptr;
	bytes = 0;
}

size_t pageBytes()
{
	static const size_t bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
	return bytes;
}

size_t roundUpToPage(size_t bytes)
{
	return (bytes + pageBytes() - 1) / pageBytes() * pageBytes();
}

} // namespace knp
