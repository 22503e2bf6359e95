// SPDX-License-Identifier: MIT
// Drops only pages of file mappings that this process can't write to and hasn't written to: relocated data has private pages.
#include "host/startup_pages.h"

#include "javascript/javascript.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <memory>
#include <sys/mman.h>
#include <vector>

namespace knp
{

namespace
{

struct Region {
	uintptr_t start;
	uintptr_t end;
	size_t resident;
	bool droppable; // file mapping, private, not writable, without anonymous pages
};

std::vector<Region> readRegions()
{
	std::unique_ptr<FILE, int (*)(FILE *)> file(fopen("/proc/self/smaps", "re"), fclose);
	std::vector<Region> regions;
	if (!file)
		return regions; // no /proc: drop nothing
	char line[8192];
	while (fgets(line, sizeof(line), file.get())) {
		uintptr_t start, end;
		char mode[5];
		int path = 0;
		size_t kilobytes;
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %*s %*s %n", &start, &end, mode, &path) == 3) {
			const bool ofFile = path > 0 && line[path] == '/';
			regions.push_back({start, end, 0, ofFile && mode[0] == 'r' && mode[1] == '-' && mode[3] == 'p'});
		} else if (regions.empty()) {
			continue;
		} else if (sscanf(line, "Rss: %zu kB", &kilobytes) == 1) {
			regions.back().resident = kilobytes * 1024;
		} else if (sscanf(line, "Private_Dirty: %zu kB", &kilobytes) == 1 ||
		           sscanf(line, "Anonymous: %zu kB", &kilobytes) == 1 ||
		           sscanf(line, "Swap: %zu kB", &kilobytes) == 1 || sscanf(line, "Locked: %zu kB", &kilobytes) == 1) {
			if (kilobytes > 0)
				regions.back().droppable = false;
		}
	}
	return regions;
}

} // namespace

size_t dropStartupPages()
{
	size_t dropped = 0;
	for (const Region &region : readRegions()) {
		if (!region.droppable || region.resident == 0)
			continue;
		if (madvise(reinterpret_cast<void *>(region.start), region.end - region.start, MADV_DONTNEED) == 0)
			dropped += region.resident;
	}
	return dropped;
}

void defineStartupPages(Napi::Env env, Napi::Object exports)
{
	auto drop = [](const Napi::CallbackInfo &info) {
		return guarded(info.Env(), [&]() -> Napi::Value {
			return Napi::Number::New(info.Env(), static_cast<double>(dropStartupPages()));
		});
	};
	exports.Set("dropStartupPages", Napi::Function::New(env, drop, "dropStartupPages"));
}

} // namespace knp
