/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The timevals of event_base_init_common_timeout: a mark and an index in the upper bits
 * of the microseconds name a duration.  The timers find events of equal duration by
 * themselves; this only gives the API its values.
 */
#ifndef LVN_LOOP_TIMERS_COMMON_TIMEOUT_H
#define LVN_LOOP_TIMERS_COMMON_TIMEOUT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/compiler.h"

/* What the upper bits of marked microseconds say. */
#define LVN_COMMON_TIMEOUT_MARK        0x50000000
#define LVN_COMMON_TIMEOUT_MARK_BITS   0xf0000000
#define LVN_COMMON_TIMEOUT_INDEX_BITS  0x0ff00000
#define LVN_COMMON_TIMEOUT_INDEX_SHIFT 20
#define LVN_COMMON_TIMEOUT_USEC_BITS   0x000fffff

struct common_timeouts {
	struct timeval *all; /* marked; allocated as a whole: programs keep pointers into it */
	int count;
};

void lvn_common_timeout_clear(struct common_timeouts *common);

/* The marked timeval of a duration, made if it is new.  NULL: bad duration, memory or too many. */
const struct timeval *lvn_common_timeout_get(
    struct common_timeouts *common, const struct timeval *duration);

/* Whether the timeval is one of ours. */
LVN_HOT_INLINE bool
lvn_common_timeout_is_marked(const struct common_timeouts *common, const struct timeval *tv)
{
	int index =
	    (int)((tv->tv_usec & LVN_COMMON_TIMEOUT_INDEX_BITS) >> LVN_COMMON_TIMEOUT_INDEX_SHIFT);

	return (tv->tv_usec & LVN_COMMON_TIMEOUT_MARK_BITS) == LVN_COMMON_TIMEOUT_MARK &&
	       index < common->count && common->all[index].tv_sec == tv->tv_sec &&
	       common->all[index].tv_usec == tv->tv_usec;
}

/* The duration in nanoseconds of any timeval, marked or not. */
LVN_HOT_INLINE int64_t
lvn_common_timeout_duration(const struct common_timeouts *common, const struct timeval *tv)
{
	struct timeval plain;

	if (LVN_LIKELY(!lvn_common_timeout_is_marked(common, tv)))
		return lvn_ns_from_timeval(tv);
	plain = *tv;
	plain.tv_usec &= LVN_COMMON_TIMEOUT_USEC_BITS;
	return lvn_ns_from_timeval(&plain);
}

#endif
