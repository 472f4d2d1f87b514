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

#include "base/compiler.h"

struct common_timeouts {
	struct timeval **marked; /* each at an address of its own: programs keep pointers */
	int count;
	int capacity;
};

void lvn_common_timeout_clear(struct common_timeouts *common);

/* The marked timeval of a duration, made if it is new.  NULL: bad duration, memory or too many. */
const struct timeval *lvn_common_timeout_get(
    struct common_timeouts *common, const struct timeval *duration);

/* The duration in nanoseconds of any timeval, marked or not. */
int64_t lvn_common_timeout_span(const struct common_timeouts *common, const struct timeval *tv);

#endif
