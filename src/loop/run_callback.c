/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The only place where the loop unlocks its base to call a user.
 */
#include "loop/run_callback.h"

#include <event2/event.h>
#include <limits.h>

#include "base/memory.h"
#include "loop/callback.h"
#include "loop/debug.h"
#include "loop/pending.h"

static void
call_event_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	event_callback_fn fn = ev->ev_evcallback.evcb_cb_union.evcb_callback;
	void *arg = ev->ev_evcallback.evcb_arg;
	evutil_socket_t fd = ev->ev_fd;
	short what = ev->ev_res;

	lvn_lock_release(&base->lock);
	fn(fd, what, arg);
	lvn_lock_acquire(&base->lock);
}

/* Ends early when the callback deletes the event or breaks the loop. */
static void
call_signal_event_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	event_callback_fn fn = ev->ev_evcallback.evcb_cb_union.evcb_callback;
	void *arg = ev->ev_evcallback.evcb_arg;
	evutil_socket_t signo = ev->ev_fd;
	short what = ev->ev_res;
	short calls = ev->ev_.ev_signal.ev_ncalls;

	ev->ev_.ev_signal.ev_ncalls = 0;
	base->current.signal_calls_ended = false;
	while (calls-- > 0) {
		lvn_lock_release(&base->lock);
		fn(signo, what, arg);
		lvn_lock_acquire(&base->lock);
		if (base->current.signal_calls_ended ||
		    (base->state.interruptions & INTERRUPTED_BY_BREAK))
			break;
	}
}

static void
call_self_locked(struct event_base *base, struct event_callback *callback) REQUIRES(base->lock)
{
	void (*fn)(struct event_callback *, void *) = callback->evcb_cb_union.evcb_selfcb;
	void *arg = callback->evcb_arg;

	lvn_lock_release(&base->lock);
	fn(callback, arg);
	lvn_lock_acquire(&base->lock);
}

void
lvn_run_callback_finalize(struct event_callback *callback)
{
	uint8_t closure = callback->evcb_closure;
	struct event *ev = lvn_event_of(callback);

	if (closure == CLOSURE_EVENT_FINALIZE)
		lvn_debug_note_finalized(ev);
	if (callback->evcb_cb_union.evcb_evfinalize)
		callback->evcb_cb_union.evcb_evfinalize(ev, callback->evcb_arg);
	if (closure == CLOSURE_EVENT_FINALIZE_FREE) {
		lvn_debug_forget(ev);
		lvn_free(ev);
	}
}

/* From here on the loop does not look at the callback: its owner frees it. */
static void
call_finalizer_locked(struct event_base *base, struct event_callback *callback) REQUIRES(base->lock)
{
	base->current.callback = NULL;
	lvn_lock_release(&base->lock);
	lvn_run_callback_finalize(callback);
	lvn_lock_acquire(&base->lock);
}

static void
call_locked(struct event_base *base, struct event_callback *callback) REQUIRES(base->lock)
{
	switch (callback->evcb_closure) {
	case CLOSURE_EVENT:
	case CLOSURE_PERSIST:
		call_event_locked(base, lvn_event_of(callback));
		break;
	case CLOSURE_SIGNAL:
		call_signal_event_locked(base, lvn_event_of(callback));
		break;
	case CLOSURE_INTERNAL:
		callback->evcb_cb_union.evcb_selfcb(callback, callback->evcb_arg);
		break;
	case CLOSURE_SELF:
	case CLOSURE_OWNED:
		call_self_locked(base, callback);
		break;
	default:
		call_finalizer_locked(base, callback);
		break;
	}
}

/* The event stops being pending unless it is persistent. */
static void
prepare_to_call_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	uint8_t flags = *lvn_event_flags(ev);

	if (ev->ev_evcallback.evcb_closure == CLOSURE_PERSIST) {
		if (lvn_event_interval(ev) != 0)
			lvn_pending_renew_timer_locked(base, ev);
	} else if ((flags & (EVLIST_INSERTED | EVLIST_TIMEOUT)) && !(ev->ev_events & EV_PERSIST)) {
		lvn_pending_del_locked(base, ev, DEL_NOBLOCK);
	}
	lvn_debug_note_state(ev);
}

/* Returns whether it counts. */
static bool
run_first_locked(struct event_base *base, struct callback_queue *queue) REQUIRES(base->lock)
{
	struct event_callback *callback = lvn_callback_queue_take(queue);
	uint8_t *flags = lvn_callback_flags(callback);
	bool is_internal = *flags & EVLIST_INTERNAL;

	*flags &= (uint8_t)~EVLIST_ACTIVE;
	base->statistics.active--;
	if ((*flags & (EVLIST_INIT | EVLIST_FINALIZING | EVLIST_INTERNAL)) == EVLIST_INIT)
		prepare_to_call_locked(base, lvn_event_of(callback));
	base->current.callback = callback;
	base->current.is_event = *flags & EVLIST_INIT;
	call_locked(base, callback);
	base->current.callback = NULL;
	return !is_internal;
}

/* A callback has returned and something came up meanwhile.  Returns whether to stop here. */
static LVN_NOINLINE bool
must_stop_locked(struct event_base *base) REQUIRES(base->lock)
{
	if (base->state.interruptions & INTERRUPTED_BY_WAITERS) {
		base->state.interruptions &= (uint8_t)~INTERRUPTED_BY_WAITERS;
		lvn_condition_wake_all(&base->current.finished);
	}
	return base->state.interruptions;
}

/* What ends a run of callbacks early apart from the events themselves. */
struct run_limits {
	int callbacks;    /* INT_MAX if there is none */
	int64_t until_ns; /* INT64_MAX if there is none */
	bool reads_clock; /* time passes between callbacks */
};

/* Those of a priority, counted from now. */
static struct run_limits
limits_of(struct event_base *base, int priority)
{
	const struct dispatch_limit *limit = &base->limit;
	struct run_limits limits = {
	    .callbacks = INT_MAX,
	    .until_ns = INT64_MAX,
	    .reads_clock = base->flags & EVENT_BASE_FLAG_NO_CACHE_TIME,
	};

	if (priority < limit->from_priority)
		return limits;
	limits.callbacks = limit->callbacks;
	if (limit->interval_ns != INT64_MAX)
		limits.until_ns =
		    lvn_ns_add(lvn_clock_monotonic_ns(&base->clock), limit->interval_ns);
	return limits;
}

static bool
is_at_limit(struct event_base *base, const struct run_limits *limits, int ran)
{
	if (limits->reads_clock)
		base->now_ns = 0;
	return ran >= limits->callbacks ||
	       (limits->until_ns != INT64_MAX &&
		   lvn_clock_monotonic_ns(&base->clock) >= limits->until_ns);
}

static int
run_queue_locked(struct event_base *base, int priority) REQUIRES(base->lock)
{
	struct run_limits limits = {.callbacks = INT_MAX, .until_ns = INT64_MAX};
	int ran = 0;

	if (LVN_UNLIKELY(base->is_limited))
		limits = limits_of(base, priority);
	base->current.priority = priority;
	do {
		ran += run_first_locked(base, &base->active.queues[priority]);
		if (LVN_UNLIKELY(base->state.interruptions) && must_stop_locked(base))
			break;
		if (LVN_UNLIKELY(base->is_limited) && is_at_limit(base, &limits, ran))
			break;
	} while (base->active.queues[priority].first);
	base->current.priority = -1;
	return ran;
}

int
lvn_run_callback_active_locked(struct event_base *base)
{
	struct active_queues *active = &base->active;
	int ran = 0;

	/* A queue of internal callbacks alone does not count as a turn. */
	while (ran == 0 && !base->state.interruptions) {
		if (active->queues[active->first].first)
			ran = run_queue_locked(base, active->first);
		else if (active->first < active->count - 1)
			active->first++;
		else
			break;
	}
	return ran;
}

void
lvn_run_callback_watchers_locked(struct event_base *base, enum watch_kind kind, int64_t timeout_ns)
{
	struct evwatch *watch;

	lvn_watch_list_start(&base->watchers, kind);
	while ((watch = lvn_watch_list_step(&base->watchers)) != NULL) {
		struct evwatch_prepare_cb_info prepare = {base, timeout_ns};
		struct evwatch_check_cb_info check = {base};

		lvn_lock_release(&base->lock);
		if (kind == WATCH_PREPARE)
			watch->callback.prepare(watch, &prepare, watch->arg);
		else
			watch->callback.check(watch, &check, watch->arg);
		lvn_lock_acquire(&base->lock);
	}
}
