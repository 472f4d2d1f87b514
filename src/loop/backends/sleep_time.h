/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long a backend sleeps, in the units of the system calls that sleep.  Never shorter
 * than asked but for very long spans, after which the loop simply asks again.
 */
#ifndef LVN_LOOP_BACKENDS_SLEEP_TIME_H
#define LVN_LOOP_BACKENDS_SLEEP_TIME_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/clock.h"
#include "base/compiler.h"

/* Eleven days: fits every system call, in milliseconds too. */
#define LVN_LONGEST_SLEEP_NS (1000000 * LVN_NS_PER_S)

/*
 * A whole number of milliseconds, rounded up, unless fine timers were asked for.  The coarse
 * clock goes by ticks: who slept only the fraction that is left to a deadline would find it
 * not reached, and again, until the next tick.
 */
LVN_HOT_INLINE int64_t
lvn_sleep_by_grain(int64_t timeout_ns, bool is_precise)
{
	if (is_precise || timeout_ns <= 0 || timeout_ns > LVN_LONGEST_SLEEP_NS)
		return timeout_ns;
	return (timeout_ns + LVN_NS_PER_MS - 1) / LVN_NS_PER_MS * LVN_NS_PER_MS;
}

/* NULL, which waits for ever, for a negative timeout. */
LVN_HOT_INLINE const struct timespec *
lvn_sleep_timespec(int64_t timeout_ns, struct timespec *storage)
{
	if (timeout_ns < 0)
		return NULL;
	if (timeout_ns > LVN_LONGEST_SLEEP_NS)
		timeout_ns = LVN_LONGEST_SLEEP_NS;
	storage->tv_sec = (time_t)(timeout_ns / LVN_NS_PER_S);
	storage->tv_nsec = (long)(timeout_ns % LVN_NS_PER_S);
	return storage;
}

/* Rounded up; -1, which waits for ever, for a negative timeout. */
LVN_HOT_INLINE int
lvn_sleep_milliseconds(int64_t timeout_ns)
{
	if (timeout_ns < 0)
		return -1;
	if (timeout_ns > LVN_LONGEST_SLEEP_NS)
		timeout_ns = LVN_LONGEST_SLEEP_NS;
	return (int)((timeout_ns + LVN_NS_PER_MS - 1) / LVN_NS_PER_MS);
}

#endif
