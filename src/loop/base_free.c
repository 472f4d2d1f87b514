/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/base_free.h"

#include <event2/event.h>

#include "base/log.h"
#include "base/memory.h"
#include "loop/base.h"
#include "loop/callback.h"
#include "loop/current_base.h"
#include "loop/debug.h"
#include "loop/pending.h"
#include "loop/signal_delivery.h"

static int
find_one(struct event *ev, void *found)
{
	if (*lvn_event_flags(ev) & EVLIST_INTERNAL)
		return 0;
	*(struct event **)found = ev;
	return 1;
}

/* Any event that is pending, or NULL. */
static struct event *
pending_event(struct event_base *base)
{
	struct event *found = NULL;

	if (lvn_timers_each(&base->timers, find_one, &found) ||
	    lvn_signal_map_each(&base->signal_events, find_one, &found))
		return found;
	return NULL;
}

static int
delete_from_fd(struct event *ev, void *context) NO_LOCK_ANALYSIS
{
	if (!(*lvn_event_flags(ev) & EVLIST_INTERNAL))
		lvn_pending_del_locked(context, ev, DEL_NOBLOCK);
	return 0;
}

static void
delete_pending(struct event_base *base) REQUIRES(base->lock)
{
	struct event *ev;

	/* One pass over all descriptors: deleting an event never adds one. */
	lvn_fd_map_each(&base->fds, delete_from_fd, base);
	while ((ev = pending_event(base)) != NULL)
		lvn_pending_del_locked(base, ev, DEL_NOBLOCK);
}

static bool
is_finalizer(const struct event_callback *callback)
{
	return callback->evcb_closure >= CLOSURE_FINALIZE;
}

static void
run_finalizer(struct event_callback *callback)
{
	uint8_t closure = callback->evcb_closure;
	struct event *ev = lvn_event_of(callback);

	if (closure == CLOSURE_FINALIZE) {
		callback->evcb_cb_union.evcb_cbfinalize(callback, callback->evcb_arg);
		return;
	}
	if (closure == CLOSURE_EVENT_FINALIZE)
		lvn_debug_note_finalized(ev);
	callback->evcb_cb_union.evcb_evfinalize(ev, callback->evcb_arg);
	if (closure == CLOSURE_EVENT_FINALIZE_FREE) {
		lvn_debug_forget(ev);
		lvn_free(ev);
	}
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
				run_finalizer(callback);
		} else if (*lvn_callback_flags(callback) & EVLIST_INIT) {
			lvn_pending_del_locked(base, lvn_event_of(callback), DEL_NOBLOCK);
		}
	}
}

static void
free_once_events(struct event_base *base)
{
	struct once *once;

	while ((once = base->once.first) != NULL) {
		lvn_once_list_remove(once);
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

void
lvn_base_free(struct event_base *base, bool run_finalizers)
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
	delete_pending(base);
	lvn_callback_advance_later_locked(base);
	/* A finalizer may activate and add other events. */
	while (has_active(base))
		for (int i = 0; i < base->active.count; i++)
			empty_queue(base, &base->active.queues[i], run_finalizers);
	delete_pending(base);
	lvn_base_leave(base);
	free_parts(base);
}
