/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Limits as programs set them in levin/: 0 is the usual one, LVN_LIMIT_NONE is none, and other
 * negative numbers are mistakes.
 */
#ifndef LVN_LIMIT_H
#define LVN_LIMIT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>

#define LVN_LIMIT_NONE (-1)

static inline bool
lvn_limit_is_valid(int64_t setting)
{
	return setting >= LVN_LIMIT_NONE;
}

/* One that has been chosen, where 0 is a limit like others. */
static inline uint64_t
lvn_limit_exact(int64_t setting)
{
	return setting < 0 ? UINT64_MAX : (uint64_t)setting;
}

static inline uint64_t
lvn_limit_of(int64_t setting, uint64_t usual)
{
	return setting == 0 ? usual : lvn_limit_exact(setting);
}

/* The same where there cannot be more than that. */
static inline size_t
lvn_limit_size(int64_t setting, size_t usual)
{
	uint64_t limit = lvn_limit_of(setting, usual);

	return limit > SIZE_MAX ? SIZE_MAX : (size_t)limit;
}

static inline unsigned
lvn_limit_count(int64_t setting, unsigned usual)
{
	uint64_t limit = lvn_limit_of(setting, usual);

	return limit > UINT_MAX ? UINT_MAX : (unsigned)limit;
}

/* A duration; zero stands for none.  Longer ones than 68 years are that. */
static inline struct timeval
lvn_limit_duration(int64_t setting_ms)
{
	int64_t seconds = setting_ms / 1000;

	if (setting_ms <= 0)
		return (struct timeval){0, 0};
	if (seconds > INT32_MAX)
		seconds = INT32_MAX;
	return (struct timeval){(time_t)seconds, (suseconds_t)(setting_ms % 1000 * 1000)};
}

#endif
