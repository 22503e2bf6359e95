// SPDX-License-Identifier: MIT
// The switch affects the whole machine: a child process that waits for our end resets it if we can't.
#include "host/grace_periods.h"

#include "host/file_descriptor.h"
#include "javascript/javascript.h"
#include "privileges/signal_block.h"

#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace knp
{

namespace
{

constexpr const char *switchPath = "/sys/kernel/rcu_expedited";

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

// More than descriptor_limit.cc asks for.
constexpr int descriptorsMax = 32768;

// Runs in the child: system calls only, since other threads' locks keep their state at the fork.
[[noreturn]] void guardSwitch(int switchFd, int endOfParent)
{
	setsid(); // Ctrl-C is not for us
	// Links and pipes of the parent would stay open as long as the child lives.
	if (dup2(endOfParent, STDIN_FILENO) < 0 || dup2(switchFd, STDOUT_FILENO) < 0)
		_exit(1);
	if (syscall(SYS_close_range, STDERR_FILENO, ~0u, 0)) // before Linux 5.9
		for (int fd = STDERR_FILENO; fd < descriptorsMax; fd++)
			close(fd);
	char byte;
	while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR) {
	}
	const ssize_t written = pwrite(STDOUT_FILENO, "0", 1, 0);
	_exit(written == 1 ? 0 : 1);
}

class Expediting
{
public:
	bool begin()
	{
		if (guard > 0)
			return true;
		// Kept open: at the end of the run the privilege to open it may be gone.
		if (!control.valid())
			control = FileDescriptor(open(switchPath, O_RDWR | O_CLOEXEC));
		char before = 0;
		if (!control.valid() || pread(control.get(), &before, 1, 0) != 1 || before != '0')
			return false; // set by someone else: leave it
		int ends[2];
		if (pipe2(ends, O_CLOEXEC))
			return false;
		FileDescriptor readEnd(ends[0]);
		life = FileDescriptor(ends[1]);
		{
			const SignalBlock inherited; // our handlers must not run in the child
			guard = fork();
			if (guard == 0)
				guardSwitch(control.get(), ends[0]);
		}
		if (guard < 0 || pwrite(control.get(), "1", 1, 0) != 1) {
			end();
			return false;
		}
		return true;
	}

	void end()
	{
		life.close();
		// The child resets it; its exit confirms that.
		if (guard > 0)
			while (waitpid(guard, nullptr, 0) < 0 && errno == EINTR) {
			}
		guard = 0;
	}

private:
	FileDescriptor control;
	FileDescriptor life; // the child's read returns when this closes
	pid_t guard = 0;
};

std::mutex expeditingMutex; // several threads may monitor

} // namespace

bool expediteGracePeriods(bool on)
{
	static Expediting expediting;
	static int users = 0;
	const std::lock_guard<std::mutex> alone(expeditingMutex);
	if (on) {
		users++;
		return expediting.begin();
	}
	if (users > 0 && --users == 0)
		expediting.end();
	return false;
}

void defineGracePeriods(Napi::Env env, Napi::Object exports)
{
	auto expedite = [](const Napi::CallbackInfo &info) {
		return guarded(info.Env(), [&]() -> Napi::Value {
			return Napi::Boolean::New(info.Env(), expediteGracePeriods(booleanArgument(info[0], "on")));
		});
	};
	exports.Set("expediteGracePeriods", Napi::Function::New(env, expedite, "expediteGracePeriods"));
}

} // namespace knp
