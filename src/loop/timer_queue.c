/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_queue.h"

void
lvn_timer_queue_init(struct timer_queue *queue, int64_t span_ns)
{
	lvn_timer_set_links(&queue->ring, &queue->ring);
	queue->span_ns = span_ns;
	queue->at = 0;
}

bool
lvn_timer_queue_insert(struct timer_queue *queue, struct event *ev, size_t steps)
{
	struct event *previous = lvn_timer_link_previous(&queue->ring);

	while (previous != &queue->ring &&
	       lvn_timer_before(lvn_timer_key(ev), lvn_timer_key(previous))) {
		if (steps-- == 0)
			return false;
		previous = lvn_timer_link_previous(previous);
	}
	lvn_timer_set_links(ev, lvn_timer_link_next(previous));
	lvn_timer_set_links(previous, ev);
	return true;
}

int
lvn_timer_queue_each(
    const struct timer_queue *queue, int (*visit)(struct event *ev, void *context), void *context)
{
	struct event *ev = lvn_timer_link_next(&queue->ring);
	int rc = 0;

	for (; ev != &queue->ring && rc == 0; ev = lvn_timer_link_next(ev))
		rc = visit(ev, context);
	return rc;
}
