/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What most calls are: adding, deleting and activating an event when there is nothing
 * special about it, without a call and without anything that can fail.  Who calls them
 * wakes the loop.
 */
#ifndef LVN_LOOP_QUICK_H
#define LVN_LOOP_QUICK_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>

#include "loop/base.h"

/*
 * lvn_pending_add_locked for an event of a descriptor and without a timeout, where nothing
 * else has to be done.  False, and nothing has happened, if this is no such case.
 */
LVN_HOT_INLINE bool
lvn_quick_add_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	short events = ev->ev_events;
	int added;

	if (LVN_UNLIKELY(*lvn_event_flags(ev) != EVLIST_INIT) || LVN_UNLIKELY(events & EV_SIGNAL) ||
	    LVN_UNLIKELY(!(events & (EV_READ | EV_WRITE | EV_CLOSED))) ||
	    LVN_UNLIKELY(!lvn_fd_map_add_quickly(&base->fds, ev)))
		return false;
	*lvn_event_flags(ev) = EVLIST_INIT | EVLIST_INSERTED;
	added = ++base->counts.pending + base->counts.active;
	if (LVN_UNLIKELY(added > base->counts.most.added))
		base->counts.most.added = added;
	return true;
}

/* Nobody waits for the end of the event's callback, and the peaks have been noted. */
LVN_HOT_INLINE bool
lvn_quick_may_del_locked(const struct event_base *base, const struct event *ev) REQUIRES(base->lock)
{
	return LVN_LIKELY(base->current.callback != &ev->ev_evcallback) &&
	       LVN_LIKELY(base->counts.active == 0);
}

/* Whether it waits for its descriptor, or signal, and for nothing else. */
LVN_HOT_INLINE bool
lvn_quick_is_inserted_alone(struct event *ev)
{
	return LVN_LIKELY(*lvn_event_flags(ev) == (EVLIST_INIT | EVLIST_INSERTED));
}

/* For such an event: it waits no more.  False, and nothing has happened, if there is more to do. */
LVN_HOT_INLINE bool
lvn_quick_take_out_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	if (LVN_UNLIKELY(ev->ev_events & EV_SIGNAL) ||
	    LVN_UNLIKELY(!lvn_fd_map_del_quickly(&base->fds, ev)))
		return false;
	*lvn_event_flags(ev) = EVLIST_INIT;
	base->counts.pending--;
	return true;
}

/* lvn_pending_del_locked, likewise. */
LVN_HOT_INLINE bool
lvn_quick_del_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	return lvn_quick_is_inserted_alone(ev) && lvn_quick_may_del_locked(base, ev) &&
	       lvn_quick_take_out_locked(base, ev);
}

/* The same for an event that waits for its timeout alone. */
LVN_HOT_INLINE bool
lvn_quick_del_timer_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	if (*lvn_event_flags(ev) != (EVLIST_INIT | EVLIST_TIMEOUT) ||
	    !lvn_quick_may_del_locked(base, ev))
		return false;
	lvn_timers_remove(&base->timers, ev);
	*lvn_event_flags(ev) = EVLIST_INIT;
	base->counts.pending--;
	return true;
}

/* lvn_callback_activate_event_locked, likewise. */
LVN_HOT_INLINE bool
lvn_quick_activate_locked(struct event_base *base, struct event *ev, short what)
    REQUIRES(base->lock)
{
	const uint8_t special =
	    EVLIST_ACTIVE | EVLIST_ACTIVE_LATER | EVLIST_FINALIZING | EVLIST_INTERNAL;
	struct event_callback *callback = &ev->ev_evcallback;
	uint8_t flags = *lvn_event_flags(ev);
	int priority = callback->evcb_pri;

	if (LVN_UNLIKELY(flags & special) || LVN_UNLIKELY(ev->ev_events & EV_SIGNAL) ||
	    LVN_UNLIKELY(priority >= base->active.count))
		return false;
	ev->ev_res = what;
	*lvn_event_flags(ev) = flags | EVLIST_ACTIVE;
	base->counts.active++;
	/* Where no callback runs, the loop notes the peak before it runs the first. */
	if (base->current.priority >= 0) {
		lvn_counts_note_peak(&base->counts);
		if (LVN_UNLIKELY(priority < base->current.priority))
			base->state.interruptions |= INTERRUPTED_BY_RESCAN;
	}
	if (priority < base->active.first)
		base->active.first = priority;
	lvn_callback_queue_append(&base->active.queues[priority], callback);
	return true;
}

#endif
