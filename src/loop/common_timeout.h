/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The timevals of event_base_init_common_timeout: a mark and an index in the upper bits
 * of the microseconds name a duration.  The timers find events of equal duration by
 * themselves; this only gives the API its values.
 */
#ifndef LVN_LOOP_COMMON_TIMEOUT_H
#define LVN_LOOP_COMMON_TIMEOUT_H

#include <stdint.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/compiler.h"

/* What the upper bits of marked microseconds say. */
#define LVN_COMMON_TIMEOUT_MARK        0x50000000
#define LVN_COMMON_TIMEOUT_MARK_BITS   0xf0000000
#define LVN_COMMON_TIMEOUT_INDEX_BITS  0x0ff00000
#define LVN_COMMON_TIMEOUT_INDEX_SHIFT 20

struct common_timeout {
	struct timeval marked;
	int64_t span_ns;
};

struct common_timeouts {
	struct common_timeout **all; /* each at an address of its own: programs keep pointers */
	int count;
	int capacity;
};

void lvn_common_timeout_clear(struct common_timeouts *common);

/* The marked timeval of a duration, made if it is new.  NULL: bad duration, memory or too many. */
const struct timeval *lvn_common_timeout_get(
    struct common_timeouts *common, const struct timeval *duration);

/* The one that a timeval names, or NULL if it is not marked by us. */
LVN_HOT_INLINE const struct common_timeout *
lvn_common_timeout_named(const struct common_timeouts *common, const struct timeval *tv)
{
	int index =
	    (int)((tv->tv_usec & LVN_COMMON_TIMEOUT_INDEX_BITS) >> LVN_COMMON_TIMEOUT_INDEX_SHIFT);
	const struct common_timeout *named;

	if ((tv->tv_usec & LVN_COMMON_TIMEOUT_MARK_BITS) != LVN_COMMON_TIMEOUT_MARK ||
	    index >= common->count)
		return (const struct common_timeout *)0;
	named = common->all[index];
	if (named->marked.tv_sec != tv->tv_sec || named->marked.tv_usec != tv->tv_usec)
		return (const struct common_timeout *)0;
	return named;
}

/* The duration in nanoseconds of any timeval, marked or not. */
LVN_HOT_INLINE int64_t
lvn_common_timeout_span(const struct common_timeouts *common, const struct timeval *tv)
{
	const struct common_timeout *named = lvn_common_timeout_named(common, tv);

	return named ? named->span_ns : lvn_ns_from_timeval(tv);
}

#endif
