/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/common_timeout.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#define USEC_BITS 0x000fffff
#define MOST      256

void
lvn_common_timeout_clear(struct common_timeouts *common)
{
	for (int i = 0; i < common->count; i++)
		lvn_free(common->all[i]);
	lvn_free(common->all);
	*common = (struct common_timeouts){0};
}

static int
grow(struct common_timeouts *common)
{
	int capacity = common->capacity ? common->capacity * 2 : 8;
	struct common_timeout **all = lvn_realloc(common->all, (size_t)capacity * sizeof(*all));

	if (!all)
		return -1;
	common->all = all;
	common->capacity = capacity;
	return 0;
}

const struct timeval *
lvn_common_timeout_get(struct common_timeouts *common, const struct timeval *duration)
{
	struct timeval plain = *duration;
	struct common_timeout *added;

	if (lvn_common_timeout_named(common, duration))
		plain.tv_usec &= USEC_BITS;
	else if (duration->tv_usec > 1000000) {
		plain.tv_sec += duration->tv_usec / 1000000;
		plain.tv_usec = duration->tv_usec % 1000000;
	}
	for (int i = 0; i < common->count; i++)
		if (common->all[i]->marked.tv_sec == plain.tv_sec &&
		    (common->all[i]->marked.tv_usec & USEC_BITS) == plain.tv_usec)
			return &common->all[i]->marked;
	if (common->count == MOST) {
		lvn_log_warnx("event_base_init_common_timeout: Too many common timeouts already in "
			      "use; we only support %d per event_base",
		    MOST);
		return NULL;
	}
	if (common->count == common->capacity && grow(common) < 0)
		return NULL;
	added = lvn_alloc(sizeof(*added));
	if (!added)
		return NULL;
	added->span_ns = lvn_ns_from_timeval(&plain);
	added->marked = plain;
	added->marked.tv_usec |=
	    LVN_COMMON_TIMEOUT_MARK | (common->count << LVN_COMMON_TIMEOUT_INDEX_SHIFT);
	common->all[common->count++] = added;
	return &added->marked;
}
