/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timers/common_timeout.h"

#include <stddef.h>

#include "base/log.h"
#include "base/memory.h"

#define MOST 256

void
lvn_common_timeout_clear(struct common_timeouts *common)
{
	lvn_free(common->all);
	*common = (struct common_timeouts){0};
}

const struct timeval *
lvn_common_timeout_get(struct common_timeouts *common, const struct timeval *duration)
{
	struct timeval plain = *duration;
	struct timeval *added;

	if (lvn_common_timeout_is_marked(common, duration))
		plain.tv_usec &= LVN_COMMON_TIMEOUT_USEC_BITS;
	else if (duration->tv_usec > 1000000) {
		plain.tv_sec += duration->tv_usec / 1000000;
		plain.tv_usec = duration->tv_usec % 1000000;
	}
	for (int i = 0; i < common->count; i++)
		if (common->all[i].tv_sec == plain.tv_sec &&
		    (common->all[i].tv_usec & LVN_COMMON_TIMEOUT_USEC_BITS) == plain.tv_usec)
			return &common->all[i];
	if (common->count == MOST) {
		lvn_log_warnx("event_base_init_common_timeout: Too many common timeouts already in "
			      "use; we only support %d per event_base",
		    MOST);
		return NULL;
	}
	if (!common->all)
		common->all = lvn_calloc(MOST, sizeof(*common->all));
	if (!common->all)
		return NULL;
	added = &common->all[common->count];
	*added = plain;
	added->tv_usec |=
	    LVN_COMMON_TIMEOUT_MARK | (common->count << LVN_COMMON_TIMEOUT_INDEX_SHIFT);
	common->count++;
	return added;
}
