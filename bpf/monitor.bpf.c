/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The one object: every entry over the same maps. Built twice, the second time with FLOW_TABLE_HASH for kernels before 5.12. */
#include "monitor_xdp.bpf.c"
#include "monitor_tc.bpf.c"
#include "monitor_capture.bpf.c"
#include "monitor_clock.bpf.c"

/* Read by user space before the load. A real variable: 5.10 refuses the BTF of an object whose .rodata is nameless. */
const volatile __u32 abi_version = KNP_ABI_VERSION;

char _license[] SEC("license") = "GPL";
