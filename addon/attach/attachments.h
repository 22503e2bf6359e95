// SPDX-License-Identifier: MIT
// The attachments of one loaded object, by id; another version of the object replaces the programs of all of them, or of none.
#pragma once

#include "attach/attachment.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace knp
{

class Attachments
{
public:
	uint32_t add(const std::string &program, std::unique_ptr<Attachment> attachment);
	// Throw NativeError ENOENT where no attachment has this id.
	void remove(uint32_t id);
	Attachment &at(uint32_t id, const char *operation) const;
	void clear() { attached.clear(); }

	// The program of this name in one version of the object; throws NativeError.
	using FindProgram = std::function<LoadedProgram(const std::string &name)>;
	// If one replacement fails, the attachments already changed get their old program back, and a NativeError says why.
	void replacePrograms(const FindProgram &before, const FindProgram &after);

private:
	struct Attached {
		std::string program;
		std::unique_ptr<Attachment> attachment;
	};

	std::map<uint32_t, Attached> attached;
	uint32_t lastId = 0;
};

} // namespace knp
