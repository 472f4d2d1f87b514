/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events ordered by deadline, ties in order of adding.
 *
 * Owns its memory, never an event.  It uses ev_timeout_pos and ev_timeout of an event
 * between add and remove, and knows nothing about clocks, flags or callbacks.
 *
 * Three places hold the events: a queue for each duration in frequent use (spans), a
 * sorted array of the earliest others (front), and a tree of unsorted bags for the rest.
 */
#ifndef LVN_LOOP_TIMERS_H
#define LVN_LOOP_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/timer_front.h"
#include "loop/timer_spans.h"
#include "loop/timer_tree.h"

struct event;

/*
 * Invariants:
 *   1. each event is in one of the three; `count` is their sum
 *   2. events of the front that are not stale are before all those of the tree
 *   3. an event of the front or the tree may be stale: its deadline was pushed out and
 *      nothing else done; it is filed anew when its old time has come
 */
struct timers {
	timer_sequence last_sequence;
	size_t count;
	unsigned turns;
	struct timer_front front;
	struct timer_tree tree;
	struct timer_spans spans;
};

void lvn_timers_init(struct timers *timers);
/* Forgets all events; frees all memory. */
void lvn_timers_clear(struct timers *timers);

/*
 * File `ev`, which must not be in the timers, under `deadline_ns`.  `span_ns` is the
 * duration that led to the deadline: events of one duration are cheapest.
 * Returns 0, or -ENOMEM and leaves everything as it was.
 */
int lvn_timers_add(struct timers *timers, struct event *ev, int64_t deadline_ns, int64_t span_ns);

/* Of an event that does not stay where it is filed. */
int lvn_timers_move_elsewhere(
    struct timers *timers, struct event *ev, int64_t deadline_ns, int64_t span_ns);

/*
 * The same as adding for an event that is in the timers: the deadline is replaced; counts as
 * added now.  One that is pushed out stays where it is.
 */
LVN_HOT_INLINE int
lvn_timers_move(struct timers *timers, struct event *ev, int64_t deadline_ns, int64_t span_ns)
{
	bool stays =
	    LVN_EVENT_IS_WIDE && !lvn_timer_is_in_queue(ev) && deadline_ns > lvn_timer_filed_ns(ev);

	if (!stays)
		return lvn_timers_move_elsewhere(timers, ev, deadline_ns, span_ns);
	lvn_event_set_deadline(ev, deadline_ns);
	lvn_timer_set_sequence(ev, ++timers->last_sequence);
	return 0;
}

/* Of an event that is in no queue. */
void lvn_timers_remove_filed(struct timers *timers, struct event *ev);

/* `ev` must be in the timers. */
LVN_HOT_INLINE void
lvn_timers_remove(struct timers *timers, struct event *ev)
{
	if (!LVN_EVENT_IS_WIDE || !lvn_timer_is_in_queue(ev)) {
		lvn_timers_remove_filed(timers, ev);
		return;
	}
	lvn_timer_queue_remove(ev);
	timers->count--;
}

/* lvn_timers_next if there may be anything to do. */
bool lvn_timers_find_next(struct timers *timers, int64_t *deadline_ns_out);

/*
 * The earliest deadline.  False if there is none.
 *
 * So that no call takes long, at most a thousand pushed out events are filed anew
 * in one.  If that was not enough, the answer may be too early, but not too late: it is
 * when to ask again.
 */
LVN_HOT_INLINE bool
lvn_timers_next(struct timers *timers, int64_t *deadline_ns_out)
{
	/* Memory that is spare is given back turn by turn. */
	if (timers->count == 0 && timers->tree.leaves.spare + timers->tree.branches.spare == 0)
		return false;
	return lvn_timers_find_next(timers, deadline_ns_out);
}

/*
 * Removes and answers the first event with deadline <= now_ns, or NULL.  NULL may also
 * mean that the limit above was reached; lvn_timers_next then answers at most now_ns.
 */
struct event *lvn_timers_pop(struct timers *timers, int64_t now_ns);

/* Makes events of this duration cheap from the first on.  A hint: 0, or -ENOMEM. */
int lvn_timers_expect(struct timers *timers, int64_t span_ns);

/* Calls visit for each event, in no order, until it answers non-zero; answers that. */
int lvn_timers_each(
    struct timers *timers, int (*visit)(struct event *ev, void *context), void *context);

LVN_HOT_INLINE size_t
lvn_timers_count(const struct timers *timers)
{
	return timers->count;
}

#endif
