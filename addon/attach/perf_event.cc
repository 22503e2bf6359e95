// SPDX-License-Identifier: MIT
// The kernel's software clock event (every machine has it, virtual ones too), one descriptor per CPU. The program is part of the event:
// PERF_EVENT_IOC_SET_BPF works once, so another program needs new events.
#include "attach/perf_event.h"

#include "host/native_error.h"
#include "host/possible_cpus.h"

#include <cerrno>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace knp
{

namespace
{

using Events = std::vector<FileDescriptor>;

void setAll(const Events &events, bool enabled)
{
	for (const FileDescriptor &event : events) {
		if (ioctl(event.get(), enabled ? PERF_EVENT_IOC_ENABLE : PERF_EVENT_IOC_DISABLE, 0))
			throw NativeError::fromErrno("switch perf events", errno);
	}
}

// Opened disabled: the caller enables all of them together.
Events openEvents(const LoadedProgram &program, uint32_t frequencyHertz)
{
	const std::string operation = "attach perf_event at " + std::to_string(frequencyHertz) + " Hz";
	struct perf_event_attr attribute = {};
	attribute.size = sizeof(attribute);
	attribute.type = PERF_TYPE_SOFTWARE;
	attribute.config = PERF_COUNT_SW_CPU_CLOCK;
	attribute.freq = 1;
	attribute.sample_freq = frequencyHertz;
	attribute.disabled = 1;
	Events events;
	for (uint32_t cpu = 0; cpu < possibleCpus(); cpu++) {
		FileDescriptor event(static_cast<int>(
			syscall(SYS_perf_event_open, &attribute, -1, static_cast<int>(cpu), -1, PERF_FLAG_FD_CLOEXEC)));
		if (!event.valid()) {
			if (errno == ENODEV || errno == ENXIO)
				continue; // possible, but not online
			throw NativeError::fromErrno(operation, errno,
			                             errno == EINVAL ? "kernel.perf_event_max_sample_rate is the most" : "");
		}
		if (ioctl(event.get(), PERF_EVENT_IOC_SET_BPF, program.fd))
			throw NativeError::fromErrno(operation, errno);
		events.push_back(std::move(event));
	}
	if (events.empty())
		throw NativeError::fromErrno(operation, ENODEV, "no CPU takes a perf event");
	return events;
}

class PerfEventAttachment : public Attachment
{
public:
	PerfEventAttachment(const LoadedProgram &program, uint32_t frequencyHertz, bool enabled)
		: frequencyHertz(frequencyHertz), enabled(enabled), events(openEvents(program, frequencyHertz))
	{
		if (enabled)
			setAll(events, true);
	}

	void replaceProgram(const LoadedProgram &program) override
	{
		Events next = openEvents(program, frequencyHertz);
		if (enabled)
			setAll(next, true);
		events = std::move(next);
	}

	void setEnabled(bool wanted) override
	{
		setAll(events, wanted);
		enabled = wanted;
	}

private:
	const uint32_t frequencyHertz;
	bool enabled;
	Events events;
};

} // namespace

std::unique_ptr<Attachment> attachPerfEvent(const LoadedProgram &program, uint32_t frequencyHertz, bool enabled)
{
	return std::make_unique<PerfEventAttachment>(program, frequencyHertz, enabled);
}

} // namespace knp
