// SPDX-License-Identifier: MIT
// Replacing with a way back.
#include "objects/program_change.h"

#include "host/native_error.h"

namespace knp
{

void replacePrograms(const std::vector<ProgramChange> &changes)
{
	size_t done = 0;
	try {
		for (; done < changes.size(); done++)
			changes[done].attachment->replaceProgram(changes[done].afterFd);
	} catch (NativeError &error) {
		while (done-- > 0) {
			try {
				changes[done].attachment->replaceProgram(changes[done].beforeFd);
			} catch (const NativeError &second) {
				error.detail += "\nand back: " + second.operation + ": " + second.code;
			}
		}
		throw;
	}
}

} // namespace knp
