/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Reading packet bytes, alike in the kernel and in user space, and the two barriers that keep the verifier's work small. */
#ifndef KNP_LIB_BYTES_H
#define KNP_LIB_BYTES_H

#include <linux/types.h>

/* linux/stddef.h has one that is only a wish. */
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))

#ifdef __bpf__
/* BPF allows unaligned packet loads where the architecture does; a packed struct would become single bytes. */
static __always_inline __u16 load_16(const __u8 *at)
{
	return *(const __u16 *)at;
}
static __always_inline __u32 load_32(const __u8 *at)
{
	return *(const __u32 *)at;
}
static __always_inline __u64 load_64(const __u8 *at)
{
	return *(const __u64 *)at;
}
#else
static __always_inline __u16 load_16(const __u8 *at)
{
	__u16 value;
	__builtin_memcpy(&value, at, sizeof(value));
	return value;
}
static __always_inline __u32 load_32(const __u8 *at)
{
	__u32 value;
	__builtin_memcpy(&value, at, sizeof(value));
	return value;
}
static __always_inline __u64 load_64(const __u8 *at)
{
	__u64 value;
	__builtin_memcpy(&value, at, sizeof(value));
	return value;
}
#endif

static __always_inline __u16 load_big_endian_16(const __u8 *at)
{
	return __builtin_bswap16(load_16(at));
}
static __always_inline __u32 load_big_endian_32(const __u8 *at)
{
	return __builtin_bswap32(load_32(at));
}

/* Keeps the compiler from using what it knows of a value, so that a mask behind it stays where the verifier needs it. */
#define HIDE_FROM_COMPILER(value) asm volatile("" : "+r"(value))

/* `zero` is 0, but the verifier can't know: whichever way the value came to be, it is one state from here on. */
#define MASK_UNKNOWN(value, zero, mask)                                                                                        \
	do {                                                                                                                   \
		(value) ^= (zero);                                                                                             \
		HIDE_FROM_COMPILER(value);                                                                                     \
		(value) &= (mask);                                                                                             \
	} while (0)

/*
 * Relaxed, since nobody asks what was there before: by __sync_fetch_and_add clang 20 and newer would, in an instruction that 5.10 doesn't
 * know, and that takes longer elsewhere.
 */
#define ADD_ATOMICALLY(target, value) ((void)__atomic_fetch_add(target, value, __ATOMIC_RELAXED))

#endif
