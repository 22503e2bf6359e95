// SPDX-License-Identifier: MIT
// Replacing programs, with rollback.
#include "attach/attachments.h"

#include "host/native_error.h"

#include <cerrno>
#include <vector>

namespace knp
{

namespace
{

struct Change {
	Attachment *attachment;
	LoadedProgram before;
	LoadedProgram after;
};

} // namespace

uint32_t Attachments::add(const std::string &program, std::unique_ptr<Attachment> attachment)
{
	attached.emplace(++lastId, Attached{program, std::move(attachment)});
	return lastId;
}

void Attachments::remove(uint32_t id)
{
	if (attached.erase(id) == 0)
		throw NativeError::fromErrno("detach", ENOENT, "no attachment has this id");
}

Attachment &Attachments::at(uint32_t id, const char *operation) const
{
	const auto found = attached.find(id);
	if (found == attached.end())
		throw NativeError::fromErrno(operation, ENOENT, "no attachment has this id");
	return *found->second.attachment;
}

void Attachments::replacePrograms(const FindProgram &before, const FindProgram &after)
{
	std::vector<Change> changes;
	for (const auto &[id, entry] : attached)
		changes.push_back({entry.attachment.get(), before(entry.program), after(entry.program)});
	size_t done = 0;
	try {
		for (; done < changes.size(); done++)
			changes[done].attachment->replaceProgram(changes[done].after);
	} catch (NativeError &error) {
		while (done-- > 0) {
			try {
				changes[done].attachment->replaceProgram(changes[done].before);
			} catch (const NativeError &second) {
				error.detail += "\nand back: " + second.operation + ": " + second.code;
			}
		}
		throw;
	}
}

} // namespace knp
