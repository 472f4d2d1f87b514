/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * API: create, run, stop and free event bases; debug mode.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <unistd.h>

#include "base/block_pool.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/base.h"
#include "loop/callback.h"
#include "loop/debug.h"
#include "loop/loop.h"
#include "loop/pending.h"
#include "loop/run_callback.h"
#include "loop/signals/signal_delivery.h"

struct event_base *
event_base_new(void)
{
	lvn_debug_note_use();
	return lvn_base_new(NULL, NULL, NULL);
}

struct event_base *
event_base_new_with_config(const struct event_config *cfg)
{
	lvn_debug_note_use();
	return lvn_base_new(cfg, NULL, NULL);
}

/* ---- Freeing ------------------------------------------------------------------------- */

/* The event stays its owner's, who may delete and free it when the base is gone. */
static void
give_back_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	lvn_pending_del_locked(base, ev, DEL_NOBLOCK);
	ev->ev_base = NULL;
}

static int
give_back_if_external(struct event *ev, void *arg)
{
	struct event_base *base = arg;

	lvn_lock_assume_held(&base->lock);
	if (!(*lvn_event_flags(ev) & EVLIST_INTERNAL))
		give_back_locked(base, ev);
	return 0;
}

/* Deleting an event adds none, so that one pass takes all. */
static void
give_back_pending_locked(struct event_base *base) REQUIRES(base->lock)
{
	lvn_fd_map_each(&base->fds, give_back_if_external, base);
	lvn_signal_delivery_each_locked(base, give_back_if_external, base);
	while (lvn_timers_count(&base->timers) > 0) {
		struct event *ev = lvn_timers_pop(&base->timers, INT64_MAX);

		if (!ev)
			continue;
		*lvn_event_flags(ev) &= (uint8_t)~EVLIST_TIMEOUT;
		base->statistics.pending--;
		give_back_locked(base, ev);
	}
}

static bool
is_finalizer(const struct event_callback *callback)
{
	return callback->evcb_closure >= CLOSURE_EVENT_FINALIZE;
}

/* Without the lock: it may take the locks of streams, and free and activate others. */
static void
release_callback(struct event_base *base, struct event_callback *callback) NO_LOCK_ANALYSIS
{
	lvn_base_leave(base);
	if (is_finalizer(callback))
		lvn_run_callback_finalize(callback);
	else
		callback->evcb_cb_union.evcb_selfcb(NULL, callback->evcb_arg);
	lvn_base_enter(base);
}

static void
empty_queue(struct event_base *base, struct callback_queue *queue, bool run_finalizers)
    REQUIRES(base->lock)
{
	struct event_callback *callback;

	while ((callback = queue->first) != NULL) {
		lvn_callback_cancel_locked(base, callback);
		if (is_finalizer(callback)) {
			if (run_finalizers)
				release_callback(base, callback);
		} else if (callback->evcb_closure == CLOSURE_OWNED) {
			release_callback(base, callback);
		} else if (*lvn_callback_flags(callback) & EVLIST_INIT) {
			give_back_locked(base, lvn_event_of(callback));
		}
	}
}

static void
free_once_events(struct event_base *base)
{
	struct once *once;

	while ((once = base->once) != NULL) {
		base->once = once->next;
		lvn_debug_forget(&once->ev);
		lvn_free(once);
	}
}

static void
free_watchers(struct event_base *base)
{
	for (int kind = 0; kind < WATCH_KINDS; kind++) {
		struct evwatch *watch;

		while ((watch = base->watchers.first[kind]) != NULL) {
			lvn_watch_list_remove(&base->watchers, watch);
			lvn_free(watch);
		}
	}
}

/* Nobody else can have the base any more. */
static void
free_parts(struct event_base *base) NO_LOCK_ANALYSIS
{
	free_once_events(base);
	free_watchers(base);
	lvn_signal_delivery_close_locked(base);
	if (base->wakeup.is_open) {
		base->fds.backend->set_wakeup(base->fds.backend_state, -1);
		lvn_wakeup_close(&base->wakeup);
	}
	base->fds.backend->close(base->fds.backend_state);
	lvn_fd_map_clear(&base->fds);
	lvn_timers_clear(&base->timers);
	lvn_ready_list_clear(&base->ready);
	lvn_active_queue_clear(&base->active);
	lvn_common_timeout_clear(&base->common);
	lvn_condition_clear(&base->current.finished);
	lvn_lock_clear(&base->lock);
	lvn_free(base);
}

static bool
has_active(const struct event_base *base)
{
	for (int i = 0; i < base->active.count; i++)
		if (base->active.queues[i].first)
			return true;
	return false;
}

static void
free_base(struct event_base *base, bool run_finalizers)
{
	if (!base)
		base = lvn_current_base;
	if (!base) {
		lvn_log_warnx("event_base_free_: no base to free");
		return;
	}
	if (base == lvn_current_base)
		lvn_current_base = NULL;
	lvn_base_enter(base);
	lvn_callback_drop_posts_locked(base);
	give_back_pending_locked(base);
	lvn_callback_advance_later_locked(base);
	/* A finalizer may activate and add other events. */
	while (has_active(base))
		for (int i = 0; i < base->active.count; i++)
			empty_queue(base, &base->active.queues[i], run_finalizers);
	give_back_pending_locked(base);
	lvn_base_leave(base);
	free_parts(base);
}

void
event_base_free(struct event_base *eb)
{
	free_base(eb, true);
}

void
event_base_free_nofinalize(struct event_base *eb)
{
	free_base(eb, false);
}

/* ---- Running ------------------------------------------------------------------------- */

int
event_base_loop(struct event_base *eb, int flags)
{
	int result;

	if (!eb) {
		lvn_log_warnx("event_base_loop: no base");
		return -1;
	}
	if (lvn_debug_is_foreign_process(eb, "event_base_loop"))
		return -1;
	lvn_base_enter(eb);
	result = lvn_loop_run_locked(eb, flags);
	lvn_base_leave(eb);
	return result;
}

int
event_base_dispatch(struct event_base *base)
{
	return event_base_loop(base, 0);
}

/* Runs in the loop's thread, as the callback of a timeout. */
static void
on_exit_time(evutil_socket_t fd, short what, void *arg)
{
	struct event_base *base = arg;

	(void)fd;
	(void)what;
	lvn_base_enter(base);
	base->state.exit_requested = true;
	lvn_base_leave(base);
}

int
event_base_loopexit(struct event_base *eb, const struct timeval *tv)
{
	return event_base_once(eb, -1, EV_TIMEOUT, on_exit_time, eb, tv);
}

int
event_base_loopbreak(struct event_base *eb)
{
	if (!eb)
		return -1;
	lvn_base_enter(eb);
	eb->state.interruptions |= INTERRUPTED_BY_BREAK;
	lvn_base_wake_other_locked(eb);
	lvn_base_leave(eb);
	return 0;
}

int
event_base_loopcontinue(struct event_base *eb)
{
	if (!eb)
		return -1;
	lvn_base_enter(eb);
	eb->state.interruptions |= INTERRUPTED_BY_RESCAN;
	lvn_base_wake_other_locked(eb);
	lvn_base_leave(eb);
	return 0;
}

int
event_base_got_exit(struct event_base *eb)
{
	int result;

	lvn_base_enter(eb);
	result = eb->state.exit_requested;
	lvn_base_leave(eb);
	return result;
}

int
event_base_got_break(struct event_base *eb)
{
	int result;

	lvn_base_enter(eb);
	result = (eb->state.interruptions & INTERRUPTED_BY_BREAK) != 0;
	lvn_base_leave(eb);
	return result;
}

int
event_base_priority_init(struct event_base *eb, int npriorities)
{
	int rc = -1;

	if (!eb) {
		lvn_log_warnx("event_base_priority_init: no base");
		return -1;
	}
	lvn_base_enter(eb);
	if (eb->statistics.active == 0 && npriorities >= 1 && npriorities < EVENT_MAX_PRIORITIES) {
		rc = npriorities == eb->active.count
			 ? 0
			 : lvn_active_queue_set_count(&eb->active, npriorities);
		/* Inside a callback: its queue is no more. */
		eb->state.interruptions |= INTERRUPTED_BY_RESCAN;
	}
	lvn_base_leave(eb);
	return rc < 0 ? -1 : 0;
}

int
event_base_get_npriorities(struct event_base *eb)
{
	int count;

	if (!eb)
		eb = lvn_current_base;
	if (!eb)
		return -1;
	lvn_base_enter(eb);
	count = eb->active.count;
	lvn_base_leave(eb);
	return count;
}

const struct timeval *
event_base_init_common_timeout(struct event_base *base, const struct timeval *duration)
{
	const struct timeval *marked;

	lvn_base_enter(base);
	marked = lvn_common_timeout_get(&base->common, duration);
	lvn_base_leave(base);
	return marked;
}

int
event_reinit(struct event_base *base)
{
	int rc = 0;

	lvn_base_enter(base);
	base->pid = getpid();
	if (lvn_signal_delivery_reopen_locked(base) < 0)
		rc = -1;
	if (lvn_loop_leave_parent_locked(base) < 0 || lvn_signal_delivery_resume_locked(base) < 0)
		rc = -1;
	lvn_base_leave(base);
	return rc;
}

int
evthread_make_base_notifiable(struct event_base *base)
{
	int rc;

	if (!base)
		return -1;
	lvn_base_enter(base);
	rc = lvn_base_open_wakeup_locked(base);
	lvn_base_leave(base);
	return rc < 0 ? -1 : 0;
}

int
event_gettime_monotonic(struct event_base *base, struct timeval *tp)
{
	if (!base || !tp)
		return -1;
	lvn_base_enter(base);
	*tp = lvn_timeval_from_ns(lvn_clock_monotonic_ns(&base->clock));
	lvn_base_leave(base);
	return 0;
}

int
event_base_gettimeofday_cached(struct event_base *base, struct timeval *tv)
{
	if (!base)
		base = lvn_current_base;
	if (!base)
		return gettimeofday(tv, NULL);
	lvn_base_enter(base);
	if (base->now_ns && lvn_base_is_in_loop_thread(base))
		*tv = lvn_timeval_from_ns(lvn_base_wall_locked(base, base->now_ns));
	else
		*tv = lvn_timeval_from_ns(lvn_clock_wall_ns(&base->clock));
	lvn_base_leave(base);
	return 0;
}

int
event_base_update_cache_time(struct event_base *base)
{
	if (!base)
		base = lvn_current_base;
	if (!base)
		return -1;
	lvn_base_enter(base);
	if (base->state.running && !(base->flags & EVENT_BASE_FLAG_NO_CACHE_TIME))
		base->now_ns = lvn_clock_monotonic_ns(&base->clock);
	lvn_base_leave(base);
	return 0;
}

/* ---- The process --------------------------------------------------------------------- */

void
event_enable_debug_mode(void)
{
	lvn_debug_enable();
}

void
event_disable_debug_mode(void)
{
	lvn_debug_disable();
}

void
libevent_global_shutdown(void)
{
	lvn_debug_disable();
	lvn_current_base = NULL;
	lvn_block_pool_clear();
}
