// SPDX-License-Identifier: MIT
// Runs a command under a seccomp filter that refuses bpf(2), as container engines and service managers do, or that
// returns ENOSYS for it, like a kernel without it, and qemu-user; or that refuses to change the user.
//   without-bpf [--absent|--setresuid] COMMAND…
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const int absent = argc > 1 && strcmp(argv[1], "--absent") == 0;
	const int users = argc > 1 && strcmp(argv[1], "--setresuid") == 0;
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, users ? SYS_setresuid : SYS_bpf, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (absent ? ENOSYS : EPERM)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};
	char **command = argv + 1 + (absent || users);
	if (!*argv || !command[0] || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("without-bpf");
		return 126;
	}
	execvp(command[0], command);
	perror(command[0]);
	return 127;
}
