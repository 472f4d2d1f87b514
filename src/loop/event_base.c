/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: making, running, stopping and ending a base.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "loop/backends.h"
#include "loop/base.h"
#include "loop/base_free.h"
#include "loop/current_base.h"
#include "loop/debug.h"
#include "loop/loop.h"
#include "loop/signal_delivery.h"

struct event_base *
event_base_new(void)
{
	lvn_debug_note_use();
	return lvn_base_new(NULL, NULL);
}

struct event_base *
event_base_new_with_config(const struct event_config *cfg)
{
	lvn_debug_note_use();
	return lvn_base_new(cfg, NULL);
}

void
event_base_free(struct event_base *eb)
{
	lvn_base_free(eb, true);
}

void
event_base_free_nofinalize(struct event_base *eb)
{
	lvn_base_free(eb, false);
}

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
	if (eb->counts.active == 0 && npriorities >= 1 && npriorities < EVENT_MAX_PRIORITIES) {
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
