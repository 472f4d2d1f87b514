/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The only place where the loop gives up its lock to call a user.
 */
#include "loop/run_callback.h"

#include <event2/event.h>
#include <limits.h>

#include "base/memory.h"
#include "loop/arrivals.h"
#include "loop/callback.h"
#include "loop/debug.h"
#include "loop/pending.h"

/* Every function below that calls a user steps out of the lock by `pause`. */

LVN_HOT_INLINE void
call_event(struct event_base *base, struct event *ev, struct lock_pause *pause) REQUIRES(base->lock)
{
	event_callback_fn fn = ev->ev_evcallback.evcb_cb_union.evcb_callback;
	void *arg = ev->ev_evcallback.evcb_arg;
	evutil_socket_t fd = ev->ev_fd;
	short what = ev->ev_res;

	lvn_lock_pause(&base->lock, *pause);
	fn(fd, what, arg);
	lvn_lock_resume(&base->lock, pause);
}

/* Ends early when the callback deletes the event or breaks the loop. */
static void
call_signal_event(struct event_base *base, struct event *ev, struct lock_pause *pause)
    REQUIRES(base->lock)
{
	event_callback_fn fn = ev->ev_evcallback.evcb_cb_union.evcb_callback;
	void *arg = ev->ev_evcallback.evcb_arg;
	evutil_socket_t signo = ev->ev_fd;
	short what = ev->ev_res;
	short calls = ev->ev_.ev_signal.ev_ncalls;

	ev->ev_.ev_signal.ev_ncalls = 0;
	base->current.signal_calls_ended = false;
	while (calls-- > 0) {
		lvn_lock_pause(&base->lock, *pause);
		fn(signo, what, arg);
		lvn_lock_resume(&base->lock, pause);
		if (base->current.signal_calls_ended ||
		    (base->state.interruptions & INTERRUPTED_BY_BREAK))
			break;
	}
}

static void
call_self(struct event_base *base, struct event_callback *callback, struct lock_pause *pause)
    REQUIRES(base->lock)
{
	void (*fn)(struct event_callback *, void *) = callback->evcb_cb_union.evcb_selfcb;
	void *arg = callback->evcb_arg;

	lvn_lock_pause(&base->lock, *pause);
	fn(callback, arg);
	lvn_lock_resume(&base->lock, pause);
}

/* From here on the callback is nobody's: its owner frees it, or we do. */
static void
call_finalizer(struct event_base *base, struct event_callback *callback, struct lock_pause *pause)
    REQUIRES(base->lock)
{
	uint8_t closure = callback->evcb_closure;
	struct event *ev = lvn_event_of(callback);
	void *arg = callback->evcb_arg;

	base->current.callback = NULL;
	if (closure == CLOSURE_EVENT_FINALIZE)
		lvn_debug_forget(ev);
	lvn_lock_pause(&base->lock, *pause);
	if (closure == CLOSURE_FINALIZE)
		callback->evcb_cb_union.evcb_cbfinalize(callback, arg);
	else
		callback->evcb_cb_union.evcb_evfinalize(ev, arg);
	if (closure == CLOSURE_EVENT_FINALIZE_FREE) {
		lvn_debug_forget(ev);
		lvn_free(ev);
	}
	lvn_lock_resume(&base->lock, pause);
}

static LVN_COLD struct lock_pause
call_other(struct event_base *base, struct event_callback *callback, struct lock_pause pause)
    REQUIRES(base->lock)
{
	switch (callback->evcb_closure) {
	case CLOSURE_SIGNAL:
		call_signal_event(base, lvn_event_of(callback), &pause);
		break;
	case CLOSURE_INTERNAL:
		callback->evcb_cb_union.evcb_selfcb(callback, callback->evcb_arg);
		break;
	case CLOSURE_SELF:
		call_self(base, callback, &pause);
		break;
	default:
		call_finalizer(base, callback, &pause);
		break;
	}
	return pause;
}

/* A callback has returned and something came up meanwhile.  Whether to stop here. */
static LVN_COLD bool
see_to_interruptions(struct event_base *base) REQUIRES(base->lock)
{
	base->current.callback = NULL;
	if (base->state.interruptions & INTERRUPTED_BY_WAITERS) {
		base->state.interruptions &= (uint8_t)~INTERRUPTED_BY_WAITERS;
		lvn_condition_wake_all(&base->current.finished);
	}
	return base->state.interruptions;
}

/* The event stops being active and, unless it is persistent, being pending. */
LVN_HOT_INLINE void
prepare_to_call(struct event_base *base, struct event_callback *callback, uint8_t flags)
    REQUIRES(base->lock)
{
	struct event *ev = lvn_event_of(callback);

	if (!(flags & EVLIST_INIT))
		return;
	if (callback->evcb_closure == CLOSURE_PERSIST) {
		if (lvn_event_interval(ev) != 0)
			lvn_pending_renew_timer_locked(base, ev);
	} else if ((flags & (EVLIST_INSERTED | EVLIST_TIMEOUT)) && !(ev->ev_events & EV_PERSIST) &&
		   !(flags & EVLIST_FINALIZING)) {
		lvn_pending_del_locked(base, ev, DEL_NOBLOCK);
	}
}

/* Takes the first callback off the queue and runs it.  Whether it counts. */
LVN_HOT_INLINE bool
run_first(struct event_base *base, struct callback_queue *queue, struct lock_pause *pause)
    REQUIRES(base->lock)
{
	struct event_callback *callback = lvn_callback_queue_take(queue);
	uint8_t flags = *lvn_callback_flags(callback);

	*lvn_callback_flags(callback) = flags & (uint8_t)~EVLIST_ACTIVE;
	lvn_counts_deactivate(&base->counts, flags & EVLIST_INTERNAL);
	prepare_to_call(base, callback, flags);
	base->current.callback = callback;
	base->current.is_event = flags & EVLIST_INIT;
	if (LVN_LIKELY(callback->evcb_closure == CLOSURE_PERSIST ||
		       callback->evcb_closure == CLOSURE_EVENT))
		call_event(base, lvn_event_of(callback), pause);
	else
		*pause = call_other(base, callback, *pause);
	return !(flags & EVLIST_INTERNAL);
}

/* What ends a run of callbacks early apart from the events themselves. */
static bool
is_limited(struct event_base *base, int ran, int most, int64_t until_ns)
{
	return ran >= most ||
	       (until_ns != INT64_MAX && lvn_clock_monotonic_ns(&base->clock) >= until_ns);
}

static int
run_queue(struct event_base *base, struct callback_queue *queue, int most, int64_t until_ns)
    REQUIRES(base->lock)
{
	struct lock_pause pause = lvn_lock_pause_of(&base->lock);
	const bool has_limits = most != INT_MAX || until_ns != INT64_MAX;
	const bool reads_clock = base->flags & EVENT_BASE_FLAG_NO_CACHE_TIME;
	int ran = 0;

	while (queue->first) {
		ran += run_first(base, queue, &pause);
		if (LVN_UNLIKELY(reads_clock))
			base->now_ns = 0;
		if (LVN_UNLIKELY(base->state.interruptions) && see_to_interruptions(base))
			break;
		if (LVN_UNLIKELY(has_limits) && is_limited(base, ran, most, until_ns))
			break;
	}
	base->current.callback = NULL;
	return ran;
}

/*
 * Whether nothing has to be done for the only event of the descriptor but to call it: it is
 * persistent and without a timeout.  Then and from then on `direct` says so.
 */
static bool
becomes_direct(struct fd_entry *entry)
{
	struct event *ev = entry->first;

	if (entry->must_verify || entry->events != 1 ||
	    *lvn_event_flags(ev) != (EVLIST_INIT | EVLIST_INSERTED) ||
	    ev->ev_evcallback.evcb_closure != CLOSURE_PERSIST || lvn_event_interval(ev) != 0)
		return false;
	entry->direct = entry->wants;
	return true;
}

/* NULL where there is no lock, else by bias.  False if the lock is no more what it was. */
LVN_HOT_INLINE bool
call_directly(struct event_base *base, struct event *ev, short what, struct lock_pause *pause)
    REQUIRES(base->lock)
{
	event_callback_fn fn = ev->ev_evcallback.evcb_cb_union.evcb_callback;
	void *arg = ev->ev_evcallback.evcb_arg;
	evutil_socket_t fd = ev->ev_fd;

	if (!pause) {
		fn(fd, what, arg);
		return true;
	}
	lvn_lock_pause_biased(&base->lock, *pause);
	fn(fd, what, arg);
	return lvn_lock_resume_biased(&base->lock, pause);
}

/*
 * Calls the events of the reports in *at .. end, straight from the list.  False if it
 * stopped early; *at is then behind the last whose event was called.
 *
 * Nothing can happen meanwhile to what is reported, and to the events in question, without
 * INTERRUPTED_BY_ARRIVALS being set: every door activates the reports that are left first.
 */
LVN_HOT_INLINE bool
run_reports(struct event_base *base, const struct ready_fd **at, const struct ready_fd *end,
    struct lock_pause *pause) REQUIRES(base->lock)
{
	const struct ready_fd *report = *at;

	while (report != end) {
		size_t index = lvn_fd_map_index(&base->fds, report->fd);
		struct fd_entry *entry = &base->fds.entries[index];
		struct event *ev;
		unsigned what;

		if (LVN_UNLIKELY(index >= base->fds.capacity || entry->state != report->stamp))
			break;
		what = entry->direct & (unsigned)report->what;
		if (LVN_UNLIKELY(!what)) {
			what = entry->wants & (unsigned)report->what;
			if (!what || !becomes_direct(entry))
				break;
		}
		what |= entry->direct & EV_ET;
		ev = entry->first;
		base->current.callback = &ev->ev_evcallback;
		base->ready.at++;
		report++;
		if (LVN_UNLIKELY(!call_directly(base, ev, (short)what, pause)) ||
		    LVN_UNLIKELY(base->state.interruptions))
			break;
	}
	*at = report;
	return report == end && !base->state.interruptions;
}

/* Reports are looked at so far in advance if there are more than a cache holds. */
#define AHEAD         16
#define PREFETCH_FROM 512

/* Starts to load what the callbacks of these reports need first. */
static void
prefetch_events(struct fd_map *fds, const struct ready_fd *report, const struct ready_fd *end)
{
	for (; report != end; report++) {
		struct fd_entry *entry = lvn_fd_map_entry(fds, report->fd);

		if (LVN_LIKELY(entry && entry->first))
			LVN_PREFETCH(&entry->first->ev_evcallback);
	}
}

static const struct ready_fd *
step_ahead(const struct ready_fd *report, const struct ready_fd *end)
{
	return end - report > AHEAD ? report + AHEAD : end;
}

/* How many it ran. */
LVN_HOT_INLINE int
run_ready(struct event_base *base, struct lock_pause *pause) REQUIRES(base->lock)
{
	const struct ready_fd *first = &base->ready.slots[base->ready.at];
	const struct ready_fd *end = &base->ready.slots[base->ready.count];
	const struct ready_fd *at = first;

	if (LVN_LIKELY(end - first < PREFETCH_FROM)) {
		run_reports(base, &at, end, pause);
	} else {
		const struct ready_fd *stop;

		do {
			stop = step_ahead(at, end);
			prefetch_events(&base->fds, stop, step_ahead(stop, end));
		} while (run_reports(base, &at, stop, pause) && stop != end);
	}
	return (int)(at - first);
}

int
lvn_run_callback_ready_locked(struct event_base *base)
{
	struct lock_pause pause = lvn_lock_pause_of(&base->lock);
	int ran = 0;

	base->current.priority = 0;
	base->current.is_event = true;
	base->state.interruptions &= (uint8_t)~INTERRUPTED_BY_ARRIVALS;
	lvn_inbox_set_attention(&base->inbox, ATTENTION_READY);
	if (base->lock.kind == LOCK_ABSENT)
		ran = run_ready(base, NULL);
	else if (pause.self)
		ran = run_ready(base, &pause);
	if (base->state.interruptions)
		see_to_interruptions(base);
	base->current.callback = NULL;
	/* What is left, also when all of it was run: that settles the accounts. */
	lvn_arrivals_activate_ready_locked(base);
	lvn_inbox_clear_attention(&base->inbox, ATTENTION_READY);
	base->current.priority = -1;
	return ran;
}

int
lvn_run_callback_active_locked(struct event_base *base)
{
	const struct dispatch_limit *limit = &base->limit;
	int64_t until_ns = INT64_MAX;
	int ran = 0;

	base->state.interruptions &= (uint8_t)~INTERRUPTED_BY_ARRIVALS;
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
		if (base->state.interruptions || ran > 0)
			break;
	}
	base->current.priority = -1;
	if (base->active.first == base->active.count)
		base->active.first = base->active.count - 1;
	return ran;
}

bool
lvn_run_callback_watchers_locked(struct event_base *base, enum watch_kind kind, int64_t timeout_ns)
{
	struct evwatch *watch;

	if (!base->watchers.first[kind])
		return false;
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
	return true;
}
