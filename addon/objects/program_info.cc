// SPDX-License-Identifier: MIT
// Converts bpf_prog_info for JavaScript.
#include "objects/program_info.h"

#include "host/native_error.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cstdio>

namespace knp
{

std::vector<ProgramInfo> describePrograms(const struct bpf_object *object)
{
	std::vector<ProgramInfo> list;
	struct bpf_program *program;
	bpf_object__for_each_program(program, object)
	{
		int fd = bpf_program__fd(program);
		if (fd < 0)
			continue;
		struct bpf_prog_info info = {};
		uint32_t length = sizeof(info);
		int failed = bpf_obj_get_info_by_fd(fd, &info, &length);
		if (failed)
			throw NativeError::fromErrno(std::string("describe program ") + bpf_program__name(program), failed);
		char tag[2 * BPF_TAG_SIZE + 1];
		for (int i = 0; i < BPF_TAG_SIZE; i++)
			snprintf(tag + 2 * i, 3, "%02x", info.tag[i]);
		list.push_back({bpf_program__name(program), bpf_program__section_name(program), info.id, tag,
		                info.verified_insns, info.jited_prog_len, info.run_cnt, info.run_time_ns,
		                info.recursion_misses});
	}
	return list;
}

Napi::Array programList(Napi::Env env, const std::vector<ProgramInfo> &programs)
{
	Napi::Array list = Napi::Array::New(env);
	for (const ProgramInfo &program : programs) {
		Napi::Object entry = Napi::Object::New(env);
		entry.Set("name", program.name);
		entry.Set("section", program.section);
		entry.Set("id", program.id);
		entry.Set("tag", program.tag);
		entry.Set("verifiedInstructions", program.verifiedInstructions);
		entry.Set("jitedBytes", program.jitedBytes);
		entry.Set("runCount", static_cast<double>(program.runCount));
		entry.Set("runTimeNs", static_cast<double>(program.runTimeNs));
		entry.Set("missedCount", static_cast<double>(program.missedCount));
		list.Set(list.Length(), entry);
	}
	return list;
}

} // namespace knp
