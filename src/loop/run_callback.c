/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The only place where the loop gives up its lock to call a user.
 */
#include "loop/run_callback.h"

#include <event2/event.h>
#include <limits.h>

#include "base/memory.h"
#include "loop/callback.h"
#include "loop/pending.h"

static void
call_event(struct event_base *base, struct event *ev) REQUIRES(base->lock)
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
call_signal_event(struct event_base *base, struct event *ev) REQUIRES(base->lock)
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
		if (base->current.signal_calls_ended || base->state.break_requested)
			break;
	}
}

static void
call_self(struct event_base *base, struct event_callback *callback) REQUIRES(base->lock)
{
	void (*fn)(struct event_callback *, void *) = callback->evcb_cb_union.evcb_selfcb;
	void *arg = callback->evcb_arg;

	lvn_lock_release(&base->lock);
	fn(callback, arg);
	lvn_lock_acquire(&base->lock);
}

/* From here on the callback is nobody's: its owner frees it, or we do. */
static void
call_finalizer(struct event_base *base, struct event_callback *callback) REQUIRES(base->lock)
{
	uint8_t closure = callback->evcb_closure;
	struct event *ev = lvn_event_of(callback);
	void *arg = callback->evcb_arg;

	base->current.callback = NULL;
	lvn_lock_release(&base->lock);
	if (closure == CLOSURE_FINALIZE)
		callback->evcb_cb_union.evcb_cbfinalize(callback, arg);
	else
		callback->evcb_cb_union.evcb_evfinalize(ev, arg);
	if (closure == CLOSURE_EVENT_FINALIZE_FREE)
		lvn_free(ev);
	lvn_lock_acquire(&base->lock);
}

static LVN_COLD void
call_other(struct event_base *base, struct event_callback *callback) REQUIRES(base->lock)
{
	switch (callback->evcb_closure) {
	case CLOSURE_SIGNAL:
		call_signal_event(base, lvn_event_of(callback));
		break;
	case CLOSURE_SELF:
		call_self(base, callback);
		break;
	default:
		call_finalizer(base, callback);
		break;
	}
}

static LVN_COLD void
tell_waiters(struct event_base *base) REQUIRES(base->lock)
{
	base->current.waiters = 0;
	lvn_condition_wake_all(&base->current.finished);
}

static void
take_off_queue(struct event_base *base, struct event_callback *callback) REQUIRES(base->lock)
{
	uint8_t *flags = lvn_callback_flags(callback);

	*flags &= (uint8_t)~EVLIST_ACTIVE;
	if (!(*flags & EVLIST_INTERNAL))
		base->counts.active--;
	lvn_callback_queue_remove(lvn_active_queue_of(&base->active, callback), callback);
}

/* The event stops being active and, unless it is persistent, being pending. */
static void
prepare_to_call(struct event_base *base, struct event_callback *callback) REQUIRES(base->lock)
{
	uint8_t flags = *lvn_callback_flags(callback);
	struct event *ev = lvn_event_of(callback);

	take_off_queue(base, callback);
	if (!(flags & EVLIST_INIT))
		return;
	if (callback->evcb_closure == CLOSURE_PERSIST) {
		if (lvn_event_interval(ev) != 0)
			lvn_pending_renew_timer_locked(base, ev);
	} else if (!(ev->ev_events & EV_PERSIST) && (flags & (EVLIST_INSERTED | EVLIST_TIMEOUT)) &&
		   !(flags & EVLIST_FINALIZING)) {
		lvn_pending_del_locked(base, ev, DEL_NOBLOCK);
	}
}

static void
run_one(struct event_base *base, struct event_callback *callback) REQUIRES(base->lock)
{
	prepare_to_call(base, callback);
	base->current.callback = callback;
	base->current.is_event = *lvn_callback_flags(callback) & EVLIST_INIT;
	if (LVN_LIKELY(callback->evcb_closure == CLOSURE_PERSIST ||
		       callback->evcb_closure == CLOSURE_EVENT))
		call_event(base, lvn_event_of(callback));
	else
		call_other(base, callback);
	base->current.callback = NULL;
	if (LVN_UNLIKELY(base->current.waiters))
		tell_waiters(base);
	if (base->flags & EVENT_BASE_FLAG_NO_CACHE_TIME)
		base->now_ns = 0;
}

static int
run_queue(struct event_base *base, struct callback_queue *queue, int most, int64_t until_ns)
    REQUIRES(base->lock)
{
	struct event_callback *callback;
	int ran = 0;

	while ((callback = queue->first) != NULL) {
		if (!(*lvn_callback_flags(callback) & EVLIST_INTERNAL))
			ran++;
		run_one(base, callback);
		if (base->state.break_requested || base->state.rescan || ran >= most)
			break;
		if (until_ns != INT64_MAX && lvn_clock_monotonic_ns(&base->clock) >= until_ns)
			break;
	}
	return ran;
}

int
lvn_run_callback_active_locked(struct event_base *base)
{
	const struct dispatch_limit *limit = &base->limit;
	int64_t until_ns = INT64_MAX;
	int ran = 0;

	if (limit->interval_ns != INT64_MAX)
		until_ns = lvn_ns_add(lvn_clock_monotonic_ns(&base->clock), limit->interval_ns);
	for (int i = base->active.first; i < base->active.count; i++) {
		bool limited = i >= limit->from_priority;

		base->active.first = i;
		if (!base->active.queues[i].first)
			continue;
		base->current.priority = i;
		ran = run_queue(base, &base->active.queues[i], limited ? limit->callbacks : INT_MAX,
		    limited ? until_ns : INT64_MAX);
		/* Queues of internal callbacks alone do not count as a turn. */
		if (base->state.break_requested || base->state.rescan || ran > 0)
			break;
	}
	base->current.priority = -1;
	if (base->active.first == base->active.count)
		base->active.first = base->active.count - 1;
	return ran;
}

void
lvn_run_callback_watchers_locked(struct event_base *base, enum watch_kind kind, int64_t timeout_ns)
{
	struct evwatch *watch;

	if (!base->watchers.first[kind])
		return;
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
