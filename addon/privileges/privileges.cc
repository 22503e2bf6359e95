// SPDX-License-Identifier: MIT
// Credentials are per thread, so every thread has to make the system calls itself. glibc does so only for setuid(2) and the like, by a signal that no thread can
// block (its signal masks leave it out, even in threads that block everything, as Node's inspector does). We install our handler for that
// signal for the duration of the change.
#include "privileges/privileges.h"

#include "host/native_error.h"
#include "host/file_descriptor.h"

#include <atomic>
#include <bpf/bpf.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <dirent.h>
#include <linux/capability.h>
#include <mutex>
#include <sched.h>
#include <set>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace knp
{

namespace
{

constexpr int signalOfAllThreads = 33; // glibc's SIGSETXID; musl keeps it free of masks, too
constexpr int lastCapabilityMax = 63;

// The kernel's struct sigaction, not libc's.
struct KernelSignalAction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)();
	unsigned long mask;
};

constexpr unsigned long restorerGiven = 0x04000000; // SA_RESTORER

#if defined(__x86_64__)
// x86-64 requires a restorer: it returns from the signal handler.
extern "C" void knpSignalReturn();
asm(".text\n.local knpSignalReturn\n.type knpSignalReturn,@function\nknpSignalReturn:\n\tmov $15, %eax\n\tsyscall\n");
#endif

PrivilegeTarget wanted;
std::atomic<int> threadsDone;
std::atomic<int> firstFailure; // errno
std::mutex broadcastMutex;     // one broadcast at a time

struct CapabilitySets {
	__user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	__user_cap_data_struct data[2] = {};

	bool read() { return syscall(SYS_capget, &header, data) == 0; }
	bool write() { return syscall(SYS_capset, &header, data) == 0; }
	uint64_t permitted() const { return data[0].permitted | static_cast<uint64_t>(data[1].permitted) << 32; }
	void setEffective(uint64_t bits)
	{
		data[0].effective = static_cast<uint32_t>(bits);
		data[1].effective = static_cast<uint32_t>(bits >> 32);
	}
	void setPermitted(uint64_t bits)
	{
		data[0].permitted = static_cast<uint32_t>(bits);
		data[1].permitted = static_cast<uint32_t>(bits >> 32);
	}
	void setInheritable(uint64_t bits)
	{
		data[0].inheritable = static_cast<uint32_t>(bits);
		data[1].inheritable = static_cast<uint32_t>(bits >> 32);
	}
};

// True for a thread started by one that has already dropped: it has the target credentials, and may not set them again (EPERM).
bool isTargetAlready(const PrivilegeTarget &target)
{
	uid_t users[3];
	gid_t groups[3];
	if (syscall(SYS_getresuid, &users[0], &users[1], &users[2]) ||
	    syscall(SYS_getresgid, &groups[0], &groups[1], &groups[2]))
		return false;
	for (int index = 0; index < 3; index++)
		if (users[index] != target.uid || groups[index] != target.gid)
			return false;
	return true;
}

// On this thread only; raw system calls, because it runs in a signal handler. Returns 0 or errno.
int dropOnThisThread(const PrivilegeTarget &target)
{
	// Children could regain the capabilities in the bounding set. Without CAP_SETPCAP it can't be changed.
	for (unsigned long capability = 0; capability <= lastCapabilityMax; capability++)
		if (!(target.capabilities >> capability & 1))
			syscall(SYS_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
	syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (target.changeUser && !isTargetAlready(target)) {
		if (syscall(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0) || syscall(SYS_setgroups, 0, nullptr) ||
		    syscall(SYS_setresgid, target.gid, target.gid, target.gid) ||
		    syscall(SYS_setresuid, target.uid, target.uid, target.uid))
			return errno;
	}
	CapabilitySets sets;
	if (!sets.read())
		return errno;
	const uint64_t kept = sets.permitted() & target.capabilities;
	sets.setPermitted(kept);
	sets.setEffective(kept);
	sets.setInheritable(0);
	if (!sets.write())
		return errno;
	syscall(SYS_prctl, PR_SET_KEEPCAPS, 0, 0, 0, 0);
	return 0;
}

void onSignal(int)
{
	const int before = errno;
	int none = 0;
	const int failure = dropOnThisThread(wanted);
	if (failure)
		firstFailure.compare_exchange_strong(none, failure);
	threadsDone.fetch_add(1);
	errno = before;
}

std::set<pid_t> threadsOfProcess()
{
	std::set<pid_t> threads;
	DIR *folder = opendir("/proc/self/task");
	if (!folder)
		throw NativeError::fromErrno("list the threads of this process", errno);
	while (const struct dirent *entry = readdir(folder))
		if (entry->d_name[0] != '.')
			threads.insert(static_cast<pid_t>(atoi(entry->d_name)));
	closedir(folder);
	return threads;
}

// Installs our handler for the signal; the destructor restores the previous one.
class BorrowedSignal
{
public:
	BorrowedSignal()
	{
		KernelSignalAction action = {};
		action.handler = onSignal;
		action.flags = SA_RESTART;
#if defined(__x86_64__)
		action.flags |= restorerGiven;
		action.restorer = knpSignalReturn;
#endif
		if (syscall(SYS_rt_sigaction, signalOfAllThreads, &action, &saved, sizeof(saved.mask)))
			throw NativeError::fromErrno("take over the signal for all threads", errno);
	}
	~BorrowedSignal()
	{
		syscall(SYS_rt_sigaction, signalOfAllThreads, &saved, nullptr, sizeof(saved.mask));
	}
	BorrowedSignal(const BorrowedSignal &) = delete;
	BorrowedSignal &operator=(const BorrowedSignal &) = delete;

private:
	KernelSignalAction saved = {};
};

bool isAlive(pid_t thread)
{
	return syscall(SYS_tgkill, getpid(), thread, 0) == 0;
}

void dropOnThread(pid_t thread)
{
	const int expected = threadsDone.load() + 1;
	if (syscall(SYS_tgkill, getpid(), thread, signalOfAllThreads))
		return; // the thread has ended
	while (threadsDone.load() < expected && isAlive(thread))
		sched_yield();
}

} // namespace

int dropPrivileges(const PrivilegeTarget &target)
{
	const std::lock_guard<std::mutex> lock(broadcastMutex);
	wanted = target;
	threadsDone = 0;
	firstFailure = 0;
	const int failure = dropOnThisThread(target);
	if (failure)
		throw NativeError::fromErrno("drop privileges", failure);
	// A thread that has not dropped yet may start others meanwhile: repeat until a list has no new thread.
	std::set<pid_t> done = {static_cast<pid_t>(syscall(SYS_gettid))};
	{
		BorrowedSignal borrowed;
		for (bool changed = true; changed;) {
			changed = false;
			for (pid_t thread : threadsOfProcess()) {
				if (!done.insert(thread).second)
					continue;
				dropOnThread(thread);
				changed = true;
			}
		}
	}
	if (firstFailure.load())
		throw NativeError::fromErrno("drop privileges on all threads", firstFailure.load());
	// The change of user made the process undumpable, and it stays so: other processes of that user (`nobody` has many) can't trace it.
	return static_cast<int>(done.size());
}

bool mapsWorkWithoutCapabilities()
{
	FileDescriptor map(bpf_map_create(BPF_MAP_TYPE_ARRAY, "knp_probe", 4, 8, 1, nullptr));
	CapabilitySets sets;
	if (!map.valid() || !sets.read())
		return false;
	CapabilitySets none = sets;
	none.setEffective(0);
	if (!none.write())
		return false;
	uint32_t key = 0;
	uint64_t value = 0;
	const bool works =
		bpf_map_update_elem(map.get(), &key, &value, 0) == 0 && bpf_map_lookup_elem(map.get(), &key, &value) == 0;
	if (!sets.write())
		throw NativeError::fromErrno("take back capabilities after a probe", errno);
	return works;
}

} // namespace knp
