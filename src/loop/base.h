/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The event base: its parts, and the functions of this layer that use the whole of it.
 *
 * Everything below `lock` is protected by it, but for `inbox`, which other threads fill
 * without it, and what is never changed after the base was made.
 */
#ifndef LVN_LOOP_BASE_H
#define LVN_LOOP_BASE_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/compiler.h"
#include "base/lock.h"
#include "loop/active_queue.h"
#include "loop/backend.h"
#include "loop/callback.h"
#include "loop/event_fields.h"
#include "loop/fd_map.h"
#include "loop/inbox.h"
#include "loop/signals/signals.h"
#include "loop/timers/common_timeout.h"
#include "loop/timers/timers.h"
#include "loop/wakeup.h"
#include "loop/watch_list.h"

/* How far event_config_set_max_dispatch_interval lets callbacks run between polls. */
struct dispatch_limit {
	int64_t interval_ns; /* INT64_MAX: no limit */
	int callbacks;       /* INT_MAX: no limit */
	int from_priority;   /* more urgent queues have no limit */
};

/* What has to be handled before the next callback runs: bits that are checked together. */
enum interruption {
	INTERRUPTED_BY_BREAK = 1,   /* nothing more is to run */
	INTERRUPTED_BY_RESCAN = 2,  /* something more urgent than the running queue came up */
	INTERRUPTED_BY_WAITERS = 4, /* threads wait until the callback that runs now has returned */
};

/* Read and cleared by event_base_get_max_events. */
struct peaks {
	int active;
	int added;
	int virtual_;
};

struct statistics {
	int pending;  /* once for a descriptor or signal, once for a timeout */
	int active;   /* waiting to be run */
	int virtual_; /* what keeps the loop running without an event */
	struct peaks most;
};

/* What the API calls added: active ones count there as well. */
LVN_HOT_INLINE int
lvn_statistics_added(const struct statistics *statistics)
{
	return statistics->pending + statistics->active;
}

/* After additions, and before something is taken away. */
LVN_HOT_INLINE void
lvn_statistics_note_peak(struct statistics *statistics)
{
	if (statistics->active > statistics->most.active)
		statistics->most.active = statistics->active;
	if (lvn_statistics_added(statistics) > statistics->most.added)
		statistics->most.added = lvn_statistics_added(statistics);
}

/* An event of event_base_once, which the base owns until it has run. */
struct once {
	struct event ev;
	struct once *next;
	struct once **link; /* what points here; NULL while in no list */
	event_callback_fn callback;
	void *arg;
};

/* Why a loop stops, and how it is going. */
struct loop_state {
	bool running;
	bool exit_requested;   /* after the callbacks that are active now */
	bool timers_left;      /* the last turn did not get through all that were due */
	uint8_t interruptions; /* enum interruption */
	unsigned long thread;  /* that runs the loop, if running */
};

/* The callback that runs now, without the lock. */
struct running_callback {
	struct event_callback *callback; /* NULL if none, and once it is freed inside */
	bool is_event;
	int priority;            /* of the queue it came from; -1 if none */
	bool signal_calls_ended; /* no further call for the same signal */
	struct condition finished;
};

struct event_base {
	struct lock lock;

	struct active_queues active;
	struct running_callback current;
	struct loop_state state;
	struct statistics statistics;

	struct fd_map fds;
	struct timers timers;
	struct ready_list ready;

	struct clock clock;
	int64_t now_ns;         /* the cached time; 0 while it may not be used */
	int64_t slept_until_ns; /* when the last wait ended, if it took its whole time, else 0 */
	int64_t wall_diff_ns;   /* wall clock minus `clock`, as of wall_read_ns */
	int64_t wall_read_ns;

	struct inbox inbox;
	struct wakeup wakeup;

	struct event **signal_events; /* by signal, newest first; NULL until the first event */
	struct signals signals;
	struct event
	    signal_readers[SIGNAL_DESCRIPTORS]; /* internal: what `signals` makes readable */

	struct common_timeouts common;
	struct once *once; /* newest first */
	struct watch_list watchers;

	struct dispatch_limit limit;
	bool is_limited; /* by `limit`, or the clock goes on between callbacks */
	struct backend_options options;
	unsigned flags; /* EVENT_BASE_FLAG_ */
	pid_t pid;      /* in debug mode: of the process that made or reinitialised it */
};

/* ---- Locking, for public functions --------------------------------------------------- */

/* Whether the calling thread runs this base's loop. */
LVN_HOT_INLINE bool
lvn_base_is_in_loop_thread(const struct event_base *base)
{
	return base->state.running && base->state.thread == lvn_lock_this_thread();
}

/* Acquires the lock, and activates what other threads have put into the inbox. */
LVN_HOT_INLINE void
lvn_base_enter(struct event_base *base) ACQUIRES(base->lock)
{
	lvn_lock_acquire(&base->lock);
	if (LVN_UNLIKELY(lvn_inbox_has_pending(&base->inbox)))
		lvn_callback_collect_inbox_locked(base);
}

LVN_HOT_INLINE void
lvn_base_leave(struct event_base *base) RELEASES(base->lock)
{
	lvn_lock_release(&base->lock);
}

/* ---- Making and ending -------------------------------------------------------------- */

/* What event_config_* collects for a base that is to be made. */
struct event_config {
	char **avoided; /* names of methods */
	size_t avoided_count;
	unsigned required; /* EV_FEATURE_ */
	unsigned flags;    /* EVENT_BASE_FLAG_ */
	struct dispatch_limit limit;
};

bool lvn_event_config_avoids(const struct event_config *config, const char *method);

/* The base that event_init made last, for the calls that name none; or NULL.  Not synchronised. */
extern struct event_base *lvn_current_base;

/*
 * NULL when memory is short or no backend is left.  `backend` NULL is the best of ours.
 * `world` is where its descriptors, its clock and its signals are; NULL is the real one.
 */
LVN_EXPORT struct event_base *lvn_base_new(
    const struct event_config *config, const struct backend_ops *backend, struct io_world *world);

/* The world of a base, for lvn_io_socket and its kin. */
LVN_EXPORT struct io_world *lvn_base_world(const struct event_base *base);

/* The name of the backend as event_base_get_method returns it. */
const char *lvn_base_method(const struct event_base *base);

/* ---- Time --------------------------------------------------------------------------- */

/* The cached time in the loop's callbacks, else the clock's. */
LVN_HOT_INLINE int64_t
lvn_base_now_locked(struct event_base *base) REQUIRES(base->lock)
{
	if (base->now_ns && lvn_base_is_in_loop_thread(base))
		return base->now_ns;
	return lvn_clock_monotonic_ns(&base->clock);
}

/* When the wall clock shows a deadline, as far as can be said now. */
int64_t lvn_base_wall_of_deadline_locked(struct event_base *base, int64_t deadline_ns)
    REQUIRES(base->lock);
/* The wall clock that belongs to an instant of the base's clock, the same for some seconds. */
int64_t lvn_base_wall_locked(struct event_base *base, int64_t instant_ns) REQUIRES(base->lock);

/* ---- Waking ------------------------------------------------------------------------- */

/* 0, or -errno: the descriptor that other threads wake the loop by. */
int lvn_base_open_wakeup_locked(struct event_base *base) REQUIRES(base->lock);
/* The loop sleeps in another thread: let it look again.  Needs no lock. */
void lvn_base_wake(struct event_base *base);
/* The same unless the caller is the loop's thread itself, as a simulated world is. */
void lvn_base_wake_other(struct event_base *base);

/* For who holds the lock, without which no loop falls asleep. */
LVN_HOT_INLINE void
lvn_base_wake_other_locked(struct event_base *base) REQUIRES(base->lock)
{
	if (LVN_UNLIKELY(atomic_load_explicit(&base->inbox.sleeping, memory_order_relaxed)))
		lvn_base_wake_other(base);
}

#endif
