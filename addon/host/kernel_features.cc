// SPDX-License-Identifier: MIT
// Feature probes: each loads a tiny program or creates a map and closes it again.
#include "host/kernel_features.h"

#include "host/file_descriptor.h"
#include "host/possible_cpus.h"
#include "privileges/signal_block.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace knp
{

namespace
{

// Instructions are written out: the macros of linux/filter.h aren't in the exported headers.
constexpr struct bpf_insn moveImmediate(uint8_t reg, int32_t value)
{
	return {BPF_ALU64 | BPF_MOV | BPF_K, reg, 0, 0, value};
}
constexpr struct bpf_insn exitInstruction = {BPF_JMP | BPF_EXIT, 0, 0, 0, 0};
constexpr struct bpf_insn call(int32_t helper)
{
	return {BPF_JMP | BPF_CALL, 0, 0, 0, helper};
}

int tryProgram(enum bpf_prog_type type, const struct bpf_insn *instructions, size_t count, FileDescriptor *kept = nullptr)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options);
	const SignalBlock undisturbed;
	FileDescriptor program(bpf_prog_load(type, "knp_probe", "Dual MIT/GPL", instructions, count, &options));
	if (!program.valid())
		return errno;
	if (kept)
		*kept = std::move(program);
	return 0;
}

int tryReturn(enum bpf_prog_type type, FileDescriptor *kept = nullptr)
{
	const struct bpf_insn instructions[] = {moveImmediate(0, type == BPF_PROG_TYPE_XDP ? 2 : -1), exitInstruction};
	return tryProgram(type, instructions, 2, kept);
}

int tryHelper(int32_t helper)
{
	const struct bpf_insn instructions[] = {call(helper), moveImmediate(0, 0), exitInstruction};
	return tryProgram(BPF_PROG_TYPE_SCHED_CLS, instructions, 3);
}

// Compare-and-swap on the stack: *(u64 *)(r10 - 8).
int tryCompareAndSwap()
{
	const struct bpf_insn instructions[] = {
		moveImmediate(0, 0),
		moveImmediate(1, 1),
		{BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, 1, -8, 0},
		{BPF_STX | BPF_DW | 0xc0, BPF_REG_10, 1, -8, 0xf0 | 0x01},
		moveImmediate(0, 0),
		exitInstruction,
	};
	return tryProgram(BPF_PROG_TYPE_SCHED_CLS, instructions, 6);
}

int tryMap(enum bpf_map_type type, uint32_t key, uint32_t value, uint32_t entries, uint32_t flags,
           FileDescriptor *kept = nullptr)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = flags);
	FileDescriptor map(bpf_map_create(type, "knp_probe", key, value, entries, &options));
	if (!map.valid())
		return errno;
	if (kept)
		*kept = std::move(map);
	return 0;
}

int tryMappedArray()
{
	FileDescriptor map;
	int failure = tryMap(BPF_MAP_TYPE_ARRAY, 4, 8, 1, BPF_F_MMAPABLE, &map);
	if (failure)
		return failure;
	void *page = mmap(nullptr, pageBytes(), PROT_READ | PROT_WRITE, MAP_SHARED, map.get(), 0);
	if (page == MAP_FAILED)
		return errno;
	munmap(page, pageBytes());
	return 0;
}

int tryArrayOfMaps()
{
	FileDescriptor inner;
	int failure = tryMap(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0, &inner);
	if (failure)
		return failure;
	LIBBPF_OPTS(bpf_map_create_opts, options, .inner_map_fd = static_cast<uint32_t>(inner.get()));
	FileDescriptor outer(bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "knp_probe", 4, 4, 1, &options));
	return outer.valid() ? 0 : errno;
}

int tryPerCpuBatch()
{
	FileDescriptor map;
	int failure = tryMap(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 1, 0, &map);
	if (failure)
		return failure;
	std::vector<uint64_t> values(possibleCpus());
	uint32_t next = 0, key = 0, count = 1;
	int failed = bpf_map_lookup_batch(map.get(), nullptr, &next, &key, values.data(), &count, nullptr);
	return failed == 0 || failed == -ENOENT ? 0 : -failed;
}

// Probed on loopback; the program passes every packet on, and the link is closed at once.
int tryTcx()
{
	FileDescriptor program;
	int failure = tryReturn(BPF_PROG_TYPE_SCHED_CLS, &program);
	if (failure)
		return failure;
	uint32_t count = 0;
	int failed = bpf_prog_query(1, static_cast<enum bpf_attach_type>(46), 0, nullptr, nullptr, &count);
	return failed ? -failed : 0;
}

int tryTestRun()
{
	FileDescriptor program;
	int failure = tryReturn(BPF_PROG_TYPE_SCHED_CLS, &program);
	if (failure)
		return failure;
	const uint8_t frame[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, test, .data_in = frame, .data_size_in = sizeof(frame));
	int failed = bpf_prog_test_run_opts(program.get(), &test);
	return failed ? -failed : 0;
}

int tryStatistics()
{
	FileDescriptor statistics(bpf_enable_stats(BPF_STATS_RUN_TIME));
	return statistics.valid() ? 0 : errno;
}

// Since 5.11 maps are charged to the cgroup: a map larger than a tiny memory lock limit can be made.
int tryMemoryAccounting()
{
	struct rlimit before;
	if (getrlimit(RLIMIT_MEMLOCK, &before))
		return errno;
	struct rlimit tiny = before;
	tiny.rlim_cur = 0;
	if (setrlimit(RLIMIT_MEMLOCK, &tiny))
		return errno;
	int failure = tryMap(BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0);
	setrlimit(RLIMIT_MEMLOCK, &before);
	// The same map with the original limit distinguishes this from a missing capability.
	if (failure == EPERM && tryMap(BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0) == 0)
		return EOPNOTSUPP;
	return failure;
}

int tryFile(const char *path)
{
	return access(path, R_OK) == 0 ? 0 : errno;
}

} // namespace

std::vector<KernelFeature> probeKernel()
{
	return {
		{"arrayMap", tryMap(BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0), "3.19", true},
		{"perCpuArrayMap", tryMap(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 1, 0), "4.6", true},
		{"mappedArray", tryMappedArray(), "5.5", true},
		{"arrayOfMaps", tryArrayOfMaps(), "4.12", true},
		{"lruHashMap", tryMap(BPF_MAP_TYPE_LRU_HASH, 8, 8, 16, 0), "4.10", true},
		{"ringBuffer", tryMap(BPF_MAP_TYPE_RINGBUF, 0, 0, static_cast<uint32_t>(pageBytes()), 0), "5.8", true},
		{"tcProgram", tryReturn(BPF_PROG_TYPE_SCHED_CLS), "4.1", true},
		{"xdpProgram", tryReturn(BPF_PROG_TYPE_XDP), "4.8", true},
		{"jiffies", tryHelper(BPF_FUNC_jiffies64), "5.6", true},
		{"testRun", tryTestRun(), "4.12", true},
		{"compareAndSwap", tryCompareAndSwap(), "5.12", false},
		{"perCpuArrayBatch", tryPerCpuBatch(), "5.13", false},
		{"tcx", tryTcx(), "6.6", false},
		{"statistics", tryStatistics(), "5.8", false},
		{"memoryAccounting", tryMemoryAccounting(), "5.11", false},
		{"kernelBtf", tryFile("/sys/kernel/btf/vmlinux"), "5.4", false},
	};
}

bool lacksCompareAndSwap()
{
	// The same program without the feature distinguishes a missing capability from a missing feature.
	return tryCompareAndSwap() != 0 && tryReturn(BPF_PROG_TYPE_SCHED_CLS) == 0;
}

std::string missingKernelFeatures()
{
	std::string lines;
	for (const KernelFeature &feature : probeKernel()) {
		if (!feature.needed || feature.failure == 0 || feature.failure == EPERM || feature.failure == EACCES)
			continue;
		lines += (lines.empty() ? "" : "; ") + feature.name + " needs Linux " + feature.since;
	}
	return lines;
}

} // namespace knp
