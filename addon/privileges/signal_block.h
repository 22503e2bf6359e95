// SPDX-License-Identifier: MIT
// Work of this thread that no signal may break off.
#pragma once

#include <csignal>

namespace knp
{

// While it lives, signals to this thread wait. The kernel gives up verifying a program when one is there (EAGAIN), and a profiler
// sends a thousand a second.
class SignalBlock
{
public:
	SignalBlock()
	{
		sigset_t all;
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before);
	}
	~SignalBlock() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }
	SignalBlock(const SignalBlock &) = delete;
	SignalBlock &operator=(const SignalBlock &) = delete;

private:
	sigset_t before;
};

} // namespace knp
