// SPDX-License-Identifier: MIT
// Blocks signals for work of this thread that must not be interrupted.
#pragma once

#include <csignal>

namespace knp
{

// During its lifetime signals to this thread stay pending. The kernel aborts verification when a signal is pending (EAGAIN), and a profiler
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
