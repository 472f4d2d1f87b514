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
#include "loop/quick.h"

/* Every function below that calls a user steps out of the lock by `pause`. */

/* How a callback is called without the lock. */
enum way_out {
	WITHOUT_LOCK, /* there is none */
	BY_BIAS,      /* the thread is inside by its bias */
	BY_ANY_MEANS,
};

/* False if the thread is inside by its bias no more. */
LVN_HOT_INLINE bool
call_event(struct event_base *base, struct event *ev, short what, struct lock_pause *pause,
    enum way_out way) REQUIRES(base->lock)
{
	event_callback_fn fn = ev->ev_evcallback.evcb_cb_union.evcb_callback;
	void *arg = ev->ev_evcallback.evcb_arg;
	evutil_socket_t fd = ev->ev_fd;

	if (way == WITHOUT_LOCK) {
		fn(fd, what, arg);
		return true;
	}
	if (way == BY_BIAS) {
		lvn_lock_pause_biased(&base->lock, *pause);
		fn(fd, what, arg);
		return lvn_lock_resume_biased(&base->lock, pause);
	}
	lvn_lock_pause(&base->lock, *pause);
	fn(fd, what, arg);
	lvn_lock_resume(&base->lock, pause);
	return true;
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
		lvn_debug_note_finalized(ev);
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
static LVN_NOINLINE bool
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
		/* Those that are active have been counted by now. */
		if (!lvn_quick_is_inserted_alone(ev) || !lvn_quick_take_out_locked(base, ev))
			lvn_pending_del_locked(base, ev, DEL_NOBLOCK);
	}
}

/* An event for which nothing has to be done but to call it. */
LVN_HOT_INLINE bool
is_plain(const struct event_callback *callback, uint8_t flags)
{
	const uint8_t special = EVLIST_INTERNAL | EVLIST_FINALIZING;

	return LVN_LIKELY((flags & (EVLIST_INIT | special)) == EVLIST_INIT) &&
	       LVN_LIKELY(callback->evcb_closure == CLOSURE_PERSIST) &&
	       LVN_LIKELY(lvn_event_interval(
			      container_of(callback, const struct event, ev_evcallback)) == 0);
}

static LVN_NOINLINE struct lock_pause
run_special(struct event_base *base, struct event_callback *callback, uint8_t flags,
    struct lock_pause pause) REQUIRES(base->lock)
{
	struct event *ev = lvn_event_of(callback);

	lvn_counts_deactivate(&base->counts, flags & EVLIST_INTERNAL);
	prepare_to_call(base, callback, flags);
	base->current.callback = callback;
	base->current.is_event = flags & EVLIST_INIT;
	if (LVN_UNLIKELY(callback->evcb_closure != CLOSURE_PERSIST &&
			 callback->evcb_closure != CLOSURE_EVENT))
		return call_other(base, callback, pause);
	call_event(base, ev, ev->ev_res, &pause, BY_ANY_MEANS);
	return pause;
}

/*
 * Takes the first callback off the queue and runs it; adds it to *ran if it counts.  False
 * if the thread is inside by its bias no more.
 */
LVN_HOT_INLINE bool
run_first(struct event_base *base, struct callback_queue *queue, struct lock_pause *pause,
    enum way_out way, int *ran) REQUIRES(base->lock)
{
	struct event_callback *callback = lvn_callback_queue_take(queue);
	uint8_t flags = *lvn_callback_flags(callback);
	struct event *ev;

	*lvn_callback_flags(callback) = flags & (uint8_t)~EVLIST_ACTIVE;
	if (!is_plain(callback, flags)) {
		*ran += !(flags & EVLIST_INTERNAL);
		*pause = run_special(base, callback, flags, *pause);
		base->current.is_event = true;
		return way != BY_BIAS || pause->self;
	}
	ev = lvn_event_of(callback);
	++*ran;
	base->counts.active--;
	base->current.callback = callback;
	return call_event(base, ev, ev->ev_res, pause, way);
}

/* What ends a run of callbacks early apart from the events themselves. */
struct run_limits {
	int callbacks;    /* INT_MAX if there is none */
	int64_t until_ns; /* INT64_MAX if there is none */
	bool reads_clock; /* time passes between callbacks */
};

static bool
is_at_limit(struct event_base *base, const struct run_limits *limits, int ran)
{
	if (limits->reads_clock)
		base->now_ns = 0;
	return ran >= limits->callbacks ||
	       (limits->until_ns != INT64_MAX &&
		   lvn_clock_monotonic_ns(&base->clock) >= limits->until_ns);
}

/* limits is NULL if there are none.  False if it stopped because the bias was lost. */
LVN_HOT_INLINE bool
run_queue(struct event_base *base, struct callback_queue *queue, const struct run_limits *limits,
    enum way_out way, int *ran) REQUIRES(base->lock)
{
	struct lock_pause pause = lvn_lock_pause_of(&base->lock);
	bool has_bias = way != BY_BIAS || pause.self;

	base->current.is_event = true;
	while (LVN_LIKELY(has_bias)) {
		has_bias = run_first(base, queue, &pause, way, ran);
		if (LVN_UNLIKELY(base->state.interruptions)) {
			if (see_to_interruptions(base))
				return true;
		}
		if (limits && is_at_limit(base, limits, *ran))
			return true;
		if (!queue->first)
			return true;
	}
	return false;
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

/*
 * Calls the events of the reports in *at .. end, straight from the list.  False if it
 * stopped early; *at is then behind the last whose event was called.
 *
 * Nothing can happen meanwhile to what is reported, and to the events in question, without
 * INTERRUPTED_BY_ARRIVALS being set: every door activates the reports that are left first.
 */
LVN_HOT_INLINE bool
run_reports(struct event_base *base, const struct ready_fd **at, const struct ready_fd *end,
    struct lock_pause *pause, enum way_out way) REQUIRES(base->lock)
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
		if (LVN_UNLIKELY(!call_event(base, ev, (short)what, pause, way)) ||
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
run_ready(struct event_base *base, struct lock_pause *pause, enum way_out way) REQUIRES(base->lock)
{
	const struct ready_fd *first = &base->ready.slots[base->ready.at];
	const struct ready_fd *end = &base->ready.slots[base->ready.count];
	const struct ready_fd *at = first;

	if (LVN_LIKELY(end - first < PREFETCH_FROM)) {
		run_reports(base, &at, end, pause, way);
	} else {
		const struct ready_fd *stop;

		do {
			stop = step_ahead(at, end);
			prefetch_events(&base->fds, stop, step_ahead(stop, end));
		} while (run_reports(base, &at, stop, pause, way) && stop != end);
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
		ran = run_ready(base, &pause, WITHOUT_LOCK);
	else if (pause.self)
		ran = run_ready(base, &pause, BY_BIAS);
	if (base->state.interruptions)
		see_to_interruptions(base);
	base->current.callback = NULL;
	/* What is left, also when all of it was run: that settles the accounts. */
	lvn_arrivals_activate_ready_locked(base);
	lvn_inbox_clear_attention(&base->inbox, ATTENTION_READY);
	base->current.priority = -1;
	return ran;
}

/* Those of the base, counted from now. */
static void
start_limits(struct event_base *base, struct run_limits *limits_out)
{
	const struct dispatch_limit *limit = &base->limit;

	*limits_out = (struct run_limits){
	    .callbacks = limit->callbacks,
	    .until_ns = INT64_MAX,
	    .reads_clock = base->flags & EVENT_BASE_FLAG_NO_CACHE_TIME,
	};
	if (limit->interval_ns != INT64_MAX)
		limits_out->until_ns =
		    lvn_ns_add(lvn_clock_monotonic_ns(&base->clock), limit->interval_ns);
}

static LVN_NOINLINE int
run_queue_with_limits(struct event_base *base, int priority, const struct run_limits *limits)
    REQUIRES(base->lock)
{
	struct run_limits own = *limits;
	int ran = 0;

	if (priority < base->limit.from_priority) {
		own.callbacks = INT_MAX;
		own.until_ns = INT64_MAX;
	}
	run_queue(base, &base->active.queues[priority], &own, BY_ANY_MEANS, &ran);
	return ran;
}

static int
run_queue_to_its_end(struct event_base *base, int priority) REQUIRES(base->lock)
{
	struct callback_queue *queue = &base->active.queues[priority];
	int ran = 0;

	if (base->lock.kind == LOCK_ABSENT)
		run_queue(base, queue, NULL, WITHOUT_LOCK, &ran);
	else if (!run_queue(base, queue, NULL, BY_BIAS, &ran))
		run_queue(base, queue, NULL, BY_ANY_MEANS, &ran);
	return ran;
}

int
lvn_run_callback_active_locked(struct event_base *base)
{
	struct active_queues *active = &base->active;
	struct run_limits limits;
	int ran = 0;

	if (LVN_UNLIKELY(base->is_limited))
		start_limits(base, &limits);
	base->state.interruptions &= (uint8_t)~INTERRUPTED_BY_ARRIVALS;
	for (; active->first < active->count; active->first++) {
		int priority = active->first;

		if (!active->queues[priority].first)
			continue;
		base->current.priority = priority;
		ran = LVN_UNLIKELY(base->is_limited)
			  ? run_queue_with_limits(base, priority, &limits)
			  : run_queue_to_its_end(base, priority);
		base->current.callback = NULL;
		/* Queues of internal callbacks alone do not count as a turn. */
		if (base->state.interruptions || ran > 0)
			break;
	}
	base->current.priority = -1;
	if (active->first == active->count)
		active->first = active->count - 1;
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
