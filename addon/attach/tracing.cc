// SPDX-License-Identifier: MIT
// BPF_RAW_TRACEPOINT_OPEN makes the link for all these kinds, on every kernel. Such a link can't be updated.
#include "attach/tracing.h"

#include "host/native_error.h"

#include <bpf/bpf.h>
#include <cerrno>

namespace knp
{

namespace
{

FileDescriptor openLink(const LoadedProgram &program)
{
	const std::string operation = "attach " + program.section;
	// The other kinds have their attach target since load.
	std::string name;
	if (program.type == BPF_PROG_TYPE_RAW_TRACEPOINT || program.type == BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE) {
		const size_t slash = program.section.find('/');
		if (slash == std::string::npos || slash + 1 == program.section.size())
			throw NativeError::invalid(operation, "the section names no tracepoint");
		name = program.section.substr(slash + 1);
	}
	FileDescriptor link(bpf_raw_tracepoint_open(name.empty() ? nullptr : name.c_str(), program.fd));
	if (!link.valid())
		throw NativeError::fromErrno(operation, errno, errno == ENOENT ? "this kernel has no such tracepoint" : "");
	return link;
}

class TracingAttachment : public Attachment
{
public:
	explicit TracingAttachment(const LoadedProgram &program) : link(openLink(program)) {}

	void replaceProgram(const LoadedProgram &program) override { link = openLink(program); }

private:
	FileDescriptor link;
};

} // namespace

std::unique_ptr<Attachment> attachTracing(const LoadedProgram &program)
{
	return std::make_unique<TracingAttachment>(program);
}

} // namespace knp
