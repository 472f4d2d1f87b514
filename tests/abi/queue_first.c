/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The system's list macros before our headers: theirs stay, and work on our structures.
 */
#include <sys/queue.h>

#include <event.h>

struct event *first_of(struct event_list *list);

struct event *
first_of(struct event_list *list)
{
	struct event *ev;

	TAILQ_FOREACH (ev, list, ev_timeout_pos.ev_next_with_common_timeout)
		return ev;
	return TAILQ_FIRST(list);
}
