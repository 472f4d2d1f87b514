/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * System calls that the kernel refuses, as an old one or a sandbox would: a filter for
 * the rest of the process, which with Check is the rest of the case.
 */
#ifndef LEVIN_TESTS_SUPPORT_DENY_H
#define LEVIN_TESTS_SUPPORT_DENY_H

#include <linux/filter.h>
#include <linux/net.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* fcntl as the C library calls it. */
#ifdef SYS_fcntl64
#define DENY_FCNTL SYS_fcntl64
#else
#define DENY_FCNTL SYS_fcntl
#endif

/* The lower half of argument number i, of 64 bits each. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define DENY_ARGUMENT(i) (offsetof(struct seccomp_data, args) + 8 * (i) + 4)
#else
#define DENY_ARGUMENT(i) (offsetof(struct seccomp_data, args) + 8 * (i))
#endif

static inline bool
deny_by(struct sock_filter *steps, size_t count)
{
	struct sock_fprog filter = {(unsigned short)count, steps};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return false;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/*
 * From now on the system call of this number fails with `error`.  False where there are
 * no filters, as under an emulator: then nothing has changed.
 */
static inline bool
deny_system_call(long number, int error)
{
	struct sock_filter steps[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((unsigned)error & SECCOMP_RET_DATA)),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	return deny_by(steps, sizeof(steps) / sizeof(steps[0]));
}

/* The same, only where argument number `index`, counted from 0, has this value. */
static inline bool
deny_system_call_with(long number, unsigned index, unsigned value, int error)
{
	struct sock_filter steps[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 3),
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)DENY_ARGUMENT(index)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((unsigned)error & SECCOMP_RET_DATA)),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	return deny_by(steps, sizeof(steps) / sizeof(steps[0]));
}

/* accept4, which goes through socketcall where the C library is older than the call. */
static inline bool
deny_accept4(int error)
{
#ifdef SYS_socketcall
	if (!deny_system_call_with(SYS_socketcall, 0, SYS_ACCEPT4, error))
		return false;
#endif
	return deny_system_call(SYS_accept4, error);
}

#endif
