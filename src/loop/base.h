/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The event base: the parts it is made of, and what the files of this floor do to it.
 *
 * Everything below `lock` is protected by it, but for `inbox`, which other threads fill
 * without it, and what is never changed after the base was made.
 */
#ifndef LVN_LOOP_BASE_H
#define LVN_LOOP_BASE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/compiler.h"
#include "base/lock.h"
#include "loop/active_queue.h"
#include "loop/arrivals.h"
#include "loop/backend.h"
#include "loop/callback.h"
#include "loop/common_timeout.h"
#include "loop/counts.h"
#include "loop/event_fields.h"
#include "loop/fd_map.h"
#include "loop/inbox.h"
#include "loop/once_list.h"
#include "loop/ready_list.h"
#include "loop/signal_map.h"
#include "loop/signals.h"
#include "loop/timers.h"
#include "loop/wakeup.h"
#include "loop/watch_list.h"

/* How far event_config_set_max_dispatch_interval lets callbacks run between polls. */
struct dispatch_limit {
	int64_t interval_ns; /* INT64_MAX: no limit */
	int callbacks;       /* INT_MAX: no limit */
	int from_priority;   /* more urgent queues have no limit */
};

/* What has to be seen to before the next callback runs: bits that are looked at together. */
enum interruption {
	INTERRUPTED_BY_BREAK = 1,   /* nothing more is to run */
	INTERRUPTED_BY_RESCAN = 2,  /* something more urgent than the running queue came up */
	INTERRUPTED_BY_WAITERS = 4, /* threads wait until the callback that runs now has returned */
	INTERRUPTED_BY_ARRIVALS = 8, /* the reports that were left have been activated */
};

/* Why a loop stops, and how it is going. */
struct loop_state {
	bool running;
	bool exit_requested;   /* after the callbacks that are active now */
	bool timers_left;      /* the last turn did not get through all that were due */
	uint8_t interruptions; /* enum interruption */
	unsigned long thread;  /* who runs the loop, if running ... */
	int kernel_thread;     /* ... as lock_cycle.h numbers it */
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
	struct counts counts;

	struct fd_map fds;
	struct timers timers;
	struct ready_list ready;

	struct clock clock;
	int64_t now_ns;       /* the cached time; 0 while it may not be used */
	int64_t wall_diff_ns; /* wall clock minus `clock`, as of wall_read_ns */
	int64_t wall_read_ns;

	struct inbox inbox;
	struct wakeup wakeup;

	struct signal_map signal_events;
	struct signals signals;
	struct event
	    signal_readers[SIGNAL_DESCRIPTORS]; /* internal: what `signals` makes readable */

	struct common_timeouts common;
	struct once_list once;
	struct watch_list watchers;

	struct dispatch_limit limit;
	bool is_limited; /* by `limit`, or the clock goes on between callbacks */
	struct backend_options options;
	unsigned flags; /* EVENT_BASE_FLAG_ */
	pid_t pid;      /* in debug mode: of the process that made or reinitialised it */
};

/* ---- Entering and leaving, for doors ------------------------------------------------ */

/* Whether the calling thread runs this base's loop. */
LVN_HOT_INLINE bool
lvn_base_is_in_loop_thread(const struct event_base *base)
{
	return base->state.running && base->state.thread == lvn_lock_this_thread();
}

/* Takes the lock, and takes over what other threads have put into the inbox. */
LVN_HOT_INLINE void
lvn_base_enter(struct event_base *base) ACQUIRES(base->lock) NO_LOCK_ANALYSIS
{
	lvn_lock_acquire(&base->lock);
	if (LVN_UNLIKELY(lvn_inbox_wants_attention(&base->inbox)))
		lvn_arrivals_activate_locked(base);
}

LVN_HOT_INLINE void
lvn_base_leave(struct event_base *base) RELEASES(base->lock) NO_LOCK_ANALYSIS
{
	lvn_lock_release(&base->lock);
}

/* ---- Making and ending -------------------------------------------------------------- */

struct event_config;

/* NULL when memory is short or no backend is left. `simulation` is NULL for real ones. */
struct event_base *lvn_base_new(const struct event_config *config, void *simulation);

/* ---- Time --------------------------------------------------------------------------- */

/* The cached time in the loop's callbacks, else the clock's. */
LVN_HOT_INLINE int64_t
lvn_base_now_locked(struct event_base *base) REQUIRES(base->lock)
{
	if (base->now_ns && lvn_base_is_in_loop_thread(base))
		return base->now_ns;
	return lvn_clock_monotonic_ns(&base->clock);
}

/* The wall clock that belongs to an instant of the base's clock. */
int64_t lvn_base_wall_locked(struct event_base *base, int64_t instant_ns) REQUIRES(base->lock);

/* ---- Waking ------------------------------------------------------------------------- */

/* 0, or -errno: the descriptor that other threads wake the loop by. */
int lvn_base_open_wakeup_locked(struct event_base *base) REQUIRES(base->lock);
/* The loop sleeps in another thread: let it look again.  Needs no lock. */
void lvn_base_wake(struct event_base *base);
/* The same unless the caller is the loop's thread itself, as a simulated world is. */
void lvn_base_wake_other(struct event_base *base);

/* Whether there is anything to wake; for who holds the lock, without which none falls asleep. */
LVN_HOT_INLINE bool
lvn_base_is_asleep_locked(struct event_base *base) REQUIRES(base->lock)
{
	return LVN_UNLIKELY(atomic_load_explicit(&base->inbox.sleeping, memory_order_relaxed));
}

LVN_HOT_INLINE void
lvn_base_wake_other_locked(struct event_base *base) REQUIRES(base->lock)
{
	if (lvn_base_is_asleep_locked(base))
		lvn_base_wake_other(base);
}

#endif
