/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * System calls that the kernel refuses, as an old one or a sandbox would: a filter for
 * the rest of the process, which with Check is the rest of the case.
 */
#ifndef LEVIN_TESTS_SUPPORT_DENY_H
#define LEVIN_TESTS_SUPPORT_DENY_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

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
	struct sock_fprog filter = {sizeof(steps) / sizeof(steps[0]), steps};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return false;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

#endif
