/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/common_timeout.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#define MARK        0x50000000
#define MARK_BITS   0xf0000000
#define INDEX_BITS  0x0ff00000
#define INDEX_SHIFT 20
#define USEC_BITS   0x000fffff
#define MOST        256

void
lvn_common_timeout_clear(struct common_timeouts *common)
{
	for (int i = 0; i < common->count; i++)
		lvn_free(common->marked[i]);
	lvn_free(common->marked);
	*common = (struct common_timeouts){0};
}

/* The entry that a timeval names, or NULL if it is not marked by us. */
static const struct timeval *
named_by(const struct common_timeouts *common, const struct timeval *tv)
{
	int index = (int)((tv->tv_usec & INDEX_BITS) >> INDEX_SHIFT);
	const struct timeval *marked;

	if ((tv->tv_usec & MARK_BITS) != MARK || index >= common->count)
		return NULL;
	marked = common->marked[index];
	return marked->tv_sec == tv->tv_sec && marked->tv_usec == tv->tv_usec ? marked : NULL;
}

static int
grow(struct common_timeouts *common)
{
	int capacity = common->capacity ? common->capacity * 2 : 8;
	struct timeval **marked = lvn_realloc(common->marked, (size_t)capacity * sizeof(*marked));

	if (!marked)
		return -1;
	common->marked = marked;
	common->capacity = capacity;
	return 0;
}

const struct timeval *
lvn_common_timeout_get(struct common_timeouts *common, const struct timeval *duration)
{
	struct timeval plain = *duration;
	struct timeval *marked;

	if (named_by(common, duration))
		plain.tv_usec &= USEC_BITS;
	else if (duration->tv_usec > 1000000) {
		plain.tv_sec += duration->tv_usec / 1000000;
		plain.tv_usec = duration->tv_usec % 1000000;
	}
	for (int i = 0; i < common->count; i++)
		if (common->marked[i]->tv_sec == plain.tv_sec &&
		    (common->marked[i]->tv_usec & USEC_BITS) == plain.tv_usec)
			return common->marked[i];
	if (common->count == MOST) {
		lvn_log_warnx("event_base_init_common_timeout: Too many common timeouts already in "
			      "use; we only support %d per event_base",
		    MOST);
		return NULL;
	}
	if (common->count == common->capacity && grow(common) < 0)
		return NULL;
	marked = lvn_alloc(sizeof(*marked));
	if (!marked)
		return NULL;
	marked->tv_sec = plain.tv_sec;
	marked->tv_usec = plain.tv_usec | MARK | (common->count << INDEX_SHIFT);
	common->marked[common->count++] = marked;
	return marked;
}

int64_t
lvn_common_timeout_span(const struct common_timeouts *common, const struct timeval *tv)
{
	struct timeval plain = *tv;

	if (LVN_UNLIKELY((tv->tv_usec & MARK_BITS) == MARK) && named_by(common, tv))
		plain.tv_usec &= USEC_BITS;
	return lvn_ns_from_timeval(&plain);
}
