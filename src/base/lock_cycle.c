/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/lock_cycle.h"

#if defined(__linux__)

#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/compiler.h"

/* The number of a 64-bit time futex where long has 32 bits. */
#ifdef SYS_futex_time64
#define IS_FUTEX(number) ((number) == SYS_futex || (number) == SYS_futex_time64)
#else
#define IS_FUTEX(number) ((number) == SYS_futex)
#endif

static LVN_THREAD_LOCAL int this_thread;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* The thread that forked has another number in the child. */
static void
forget_number(void)
{
	this_thread = 0;
}

static void
watch_forks(void)
{
	pthread_atfork(NULL, NULL, forget_number);
}

int
lvn_lock_cycle_this_thread(void)
{
	if (LVN_UNLIKELY(this_thread == 0)) {
		pthread_once(&once, watch_forks);
		this_thread = (int)syscall(SYS_gettid);
	}
	return this_thread;
}

/* What the kernel says the thread is asleep in: "number argument argument ...". */
static bool
read_system_call(int thread, char *text, size_t room)
{
	char path[64];
	ssize_t size;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	size = read(fd, text, room - 1);
	close(fd);
	text[size > 0 ? size : 0] = '\0';
	return size > 0;
}

/* The address of the futex that the thread waits for as one waits for a mutex, or 0. */
static uintptr_t
mutex_waited_for(int thread)
{
	char text[256];
	char *at;
	long number;
	unsigned long long address;
	unsigned long long operation;

	if (!read_system_call(thread, text, sizeof(text)))
		return 0;
	/* "running" and the like are no numbers and end up as no futex. */
	number = strtol(text, &at, 10);
	address = strtoull(at, &at, 16);
	operation = strtoull(at, &at, 16) & FUTEX_CMD_MASK;
	if (!IS_FUTEX(number) || (operation != FUTEX_WAIT && operation != FUTEX_LOCK_PI))
		return 0;
	return (uintptr_t)address;
}

/*
 * The futex word of a musl mutex, and of one with priority inheritance, is its owner.  In
 * other mutexes of glibc the owner follows two words after it.
 */
static bool
is_owned_by(uintptr_t futex, int thread)
{
	uint32_t words[3] = {0};
	struct iovec here = {words, sizeof(words)};
	struct iovec there = {(void *)futex, sizeof(words)}; /* NOLINT: an address to look at */

	/* By the kernel: the mutex may be gone by now. */
	if (process_vm_readv(getpid(), &here, 1, &there, 1, 0) != (ssize_t)sizeof(words))
		return false;
	return (words[0] & FUTEX_TID_MASK) == (uint32_t)thread ||
	       (words[0] != 0 && words[2] == (uint32_t)thread);
}

bool
lvn_lock_cycle_is_closed_by(int thread)
{
	uintptr_t futex = thread > 0 ? mutex_waited_for(thread) : 0;

	return futex && is_owned_by(futex, lvn_lock_cycle_this_thread());
}

#else

int
lvn_lock_cycle_this_thread(void)
{
	return 0;
}

bool
lvn_lock_cycle_is_closed_by(int thread)
{
	(void)thread;
	return false;
}

#endif
