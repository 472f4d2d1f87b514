/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/callback.h"

#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/memory.h"
#include "loop/base.h"
#include "loop/debug.h"

void
lvn_callback_init(struct event_callback *callback,
    void (*fn)(struct event_callback *callback, void *arg), void *arg, int priority)
{
	*callback = (struct event_callback){
	    .evcb_pri = (uint8_t)priority,
	    .evcb_closure = CLOSURE_SELF,
	    .evcb_cb_union.evcb_selfcb = fn,
	    .evcb_arg = arg,
	};
}

static void
append_locked(struct event_base *base, struct event_callback *callback) REQUIRES(base->lock)
{
	uint8_t *flags = lvn_callback_flags(callback);

	*flags |= EVLIST_ACTIVE;
	base->statistics.active++;
	lvn_statistics_note_peak(&base->statistics);
	if (callback->evcb_pri < base->current.priority)
		base->state.interruptions |= INTERRUPTED_BY_RESCAN;
	lvn_active_queue_append(&base->active, callback);
}

static void
leave_later_locked(struct event_base *base, struct event_callback *callback) REQUIRES(base->lock)
{
	uint8_t *flags = lvn_callback_flags(callback);

	*flags &= (uint8_t)~EVLIST_ACTIVE_LATER;
	base->statistics.active--;
	lvn_callback_queue_remove(&base->active.later, callback);
}

bool
lvn_callback_activate_locked(struct event_base *base, struct event_callback *callback)
    REQUIRES(base->lock)
{
	uint8_t flags = *lvn_callback_flags(callback);

	if (flags & (EVLIST_ACTIVE | EVLIST_FINALIZING) &&
	    callback->evcb_closure < CLOSURE_EVENT_FINALIZE)
		return false;
	if (flags & EVLIST_ACTIVE_LATER)
		leave_later_locked(base, callback);
	append_locked(base, callback);
	return true;
}

bool
lvn_callback_activate_later_locked(struct event_base *base, struct event_callback *callback)
    REQUIRES(base->lock)
{
	uint8_t *flags = lvn_callback_flags(callback);

	if (*flags & (EVLIST_ACTIVE | EVLIST_ACTIVE_LATER | EVLIST_FINALIZING))
		return false;
	*flags |= EVLIST_ACTIVE_LATER;
	base->statistics.active++;
	lvn_statistics_note_peak(&base->statistics);
	lvn_callback_queue_append(&base->active.later, callback);
	return true;
}

void
lvn_callback_cancel_locked(struct event_base *base, struct event_callback *callback)
    REQUIRES(base->lock)
{
	uint8_t *flags = lvn_callback_flags(callback);

	if (*flags & EVLIST_ACTIVE_LATER)
		leave_later_locked(base, callback);
	if (!(*flags & EVLIST_ACTIVE))
		return;
	*flags &= (uint8_t)~EVLIST_ACTIVE;
	base->statistics.active--;
	lvn_callback_queue_remove(lvn_active_queue_of(&base->active, callback), callback);
}

void
lvn_callback_advance_later_locked(struct event_base *base) REQUIRES(base->lock)
{
	struct event_callback *callback;

	while ((callback = base->active.later.first) != NULL) {
		leave_later_locked(base, callback);
		append_locked(base, callback);
	}
}

void
lvn_callback_activate_event_locked(
    struct event_base *base, struct event *ev, short what, short calls) REQUIRES(base->lock)
{
	uint8_t flags = *lvn_event_flags(ev);

	if (flags & EVLIST_FINALIZING)
		return;
	if (flags & EVLIST_ACTIVE) {
		ev->ev_res |= what;
		return;
	}
	ev->ev_res = what;
	if (ev->ev_events & EV_SIGNAL)
		ev->ev_.ev_signal.ev_ncalls = calls;
	append_locked(base, &ev->ev_evcallback);
	lvn_debug_note_state(ev);
}

static void
run_post(struct event_callback *callback, void *arg)
{
	struct post *post = container_of(callback, struct post, callback);
	void (*fn)(void *) = post->fn;
	void *fn_arg = post->arg;

	(void)arg;
	lvn_free(post);
	fn(fn_arg);
}

/*
 * While callbacks run, for the next turn: functions that post functions must not keep
 * descriptors and timers waiting.
 */
static void
activate_posts_locked(struct event_base *base, struct post *post) REQUIRES(base->lock)
{
	bool later = base->current.priority >= 0;

	if (!later)
		lvn_callback_advance_later_locked(base);
	while (post) {
		struct post *next = post->next;

		lvn_callback_init(&post->callback, run_post, NULL, base->active.count / 2);
		if (later)
			lvn_callback_activate_later_locked(base, &post->callback);
		else
			lvn_callback_activate_locked(base, &post->callback);
		post = next;
	}
}

void
lvn_callback_collect_inbox_locked(struct event_base *base) REQUIRES(base->lock)
{
	struct event *ev;
	struct post *post;

	/* Cleared first: what is pushed from here on sets it again. */
	lvn_inbox_clear_pending(&base->inbox);
	ev = lvn_inbox_take_events(&base->inbox);
	post = lvn_inbox_take_posts(&base->inbox);
	while (ev) {
		struct event *next;
		short what = lvn_inbox_open(ev, &next);

		lvn_callback_activate_event_locked(base, ev, what, 1);
		ev = next;
	}
	if (post)
		activate_posts_locked(base, post);
}

void
lvn_callback_drop_posts_locked(struct event_base *base) REQUIRES(base->lock)
{
	lvn_callback_collect_inbox_locked(base);
	lvn_callback_advance_later_locked(base);
	for (int i = 0; i < base->active.count; i++) {
		struct event_callback *next;

		for (struct event_callback *callback = base->active.queues[i].first; callback;
		     callback = next) {
			next = callback->evcb_active_next.tqe_next;
			if (callback->evcb_closure != CLOSURE_SELF ||
			    callback->evcb_cb_union.evcb_selfcb != run_post)
				continue;
			lvn_callback_cancel_locked(base, callback);
			lvn_free(container_of(callback, struct post, callback));
		}
	}
}

void
lvn_callback_schedule(struct event_base *base, struct event_callback *callback)
{
	lvn_base_enter(base);
	lvn_callback_activate_locked(base, callback);
	lvn_base_wake_other_locked(base);
	lvn_base_leave(base);
}

bool
lvn_callback_unschedule(struct event_base *base, struct event_callback *callback)
{
	bool is_waiting;

	lvn_base_enter(base);
	is_waiting = *lvn_callback_flags(callback) & (EVLIST_ACTIVE | EVLIST_ACTIVE_LATER);
	if (is_waiting)
		lvn_callback_cancel_locked(base, callback);
	lvn_base_leave(base);
	return is_waiting;
}
