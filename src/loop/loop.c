/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <limits.h>

#include "base/block_pool.h"
#include "base/log.h"
#include "loop/callback.h"
#include "loop/pending.h"
#include "loop/run_callback.h"
#include "loop/signals/signal_delivery.h"

/* How much may be reported ready in the first turn, and in any one. */
#define FIRST_READY 64
#define MOST_READY  65536

/* Without a descriptor to be woken by, the loop looks for itself so often. */
#define UNWAKEABLE_NS (50 * LVN_NS_PER_MS)

/* When the kernel refuses a descriptor for lack of memory, it is tried again so soon. */
#define REFUSED_NS (20 * LVN_NS_PER_MS)

/* A loop that has slept for so long gives back what its thread keeps for buffers. */
#define IDLE_NS LVN_NS_PER_S

static bool
has_active_locked(const struct event_base *base) REQUIRES(base->lock)
{
	return base->statistics.active > 0;
}

static bool
has_work_locked(const struct event_base *base) REQUIRES(base->lock)
{
	return base->statistics.pending > 0 || base->statistics.virtual_ > 0 ||
	       has_active_locked(base);
}

/* How long the turn may sleep; negative is for ever. */
static int64_t
sleep_budget_locked(struct event_base *base, int flags) REQUIRES(base->lock)
{
	int64_t deadline_ns;
	int64_t now_ns;

	if ((flags & EVLOOP_NONBLOCK) || has_active_locked(base) || base->state.timers_left)
		return 0;
	if (!lvn_timers_next(&base->timers, &deadline_ns))
		return -1;
	now_ns = lvn_base_now_locked(base);
	return deadline_ns > now_ns ? deadline_ns - now_ns : 0;
}

/* The same after watchers, and other threads meanwhile, may have changed everything. */
static int64_t
budget_after_watchers_locked(struct event_base *base, int flags) REQUIRES(base->lock)
{
	bool has_no_end = flags & EVLOOP_NO_EXIT_ON_EMPTY;

	if ((base->state.interruptions & INTERRUPTED_BY_BREAK) ||
	    (!has_no_end && !has_work_locked(base)))
		return 0;
	return sleep_budget_locked(base, flags);
}

/* Before a sleep other threads must be able to end it; before `prepare`, which sees it then. */
static int64_t
open_to_wakeups_locked(struct event_base *base, int64_t budget_ns) REQUIRES(base->lock)
{
	if (budget_ns != 0 && !base->wakeup.is_open && lvn_base_open_wakeup_locked(base) < 0 &&
	    (budget_ns < 0 || budget_ns > UNWAKEABLE_NS))
		return UNWAKEABLE_NS;
	return budget_ns;
}

/* From here on no other thread can put anything into the inbox unseen. */
static int64_t
get_ready_to_sleep_locked(struct event_base *base, int64_t budget_ns) REQUIRES(base->lock)
{
	if (base->wakeup.is_open)
		atomic_store(&base->inbox.sleeping, true);
	return lvn_inbox_has_pending_for_sleeper(&base->inbox) ? 0 : budget_ns;
}

/* The only place where the loop unlocks its base to sleep. */
static int
wait_locked(struct event_base *base, int64_t budget_ns) REQUIRES(base->lock)
{
	const struct backend_ops *backend = base->fds.backend;
	void *state = base->fds.backend_state;
	/* Where a wait looks at every descriptor anyway, that of the signals is reported as well. */
	bool asks_signals = backend->features & EV_FEATURE_O1;
	int64_t until_ns = 0;
	int rc;

	if (budget_ns != 0)
		budget_ns = get_ready_to_sleep_locked(base, budget_ns);
	if (budget_ns > 0)
		until_ns = lvn_ns_add(lvn_clock_monotonic_ns(&base->clock), budget_ns);
	if (asks_signals && !lvn_signals_before_sleep(&base->signals))
		budget_ns = 0;
	lvn_lock_release(&base->lock);
	rc = backend->wait(state, budget_ns);
	lvn_lock_acquire(&base->lock);
	atomic_store_explicit(&base->inbox.sleeping, false, memory_order_relaxed);
	if (asks_signals)
		lvn_signals_after_sleep(&base->signals);
	base->slept_until_ns = rc > 0 ? until_ns : 0;
	return rc;
}

int
lvn_loop_reopen_backend_locked(struct event_base *base)
{
	const struct backend_ops *backend = base->fds.backend;
	void *old_state = base->fds.backend_state;
	void *state;
	int rc = backend->open(&state, &base->options);

	if (rc < 0)
		return rc;
	if (base->wakeup.is_open) {
		rc = backend->set_wakeup(state, base->wakeup.read_end);
		if (rc < 0) {
			backend->close(state);
			return rc;
		}
	}
	lvn_fd_map_register_all(&base->fds, state, &base->ready);
	backend->close(old_state);
	return 0;
}

int
lvn_loop_leave_parent_locked(struct event_base *base)
{
	const struct backend_ops *backend = base->fds.backend;
	bool was_open = base->wakeup.is_open;

	/* What is shared with the parent's loop is left alone: it would be changed there too. */
	if (!backend->reopen_after_fork)
		backend->set_wakeup(base->fds.backend_state, -1);
	lvn_wakeup_close(&base->wakeup);
	if (backend->reopen_after_fork) {
		int rc = lvn_loop_reopen_backend_locked(base);

		if (rc < 0)
			return rc;
	}
	return was_open ? lvn_base_open_wakeup_locked(base) : 0;
}

static void
rebuild_backend_locked(struct event_base *base) REQUIRES(base->lock)
{
	int rc = lvn_loop_reopen_backend_locked(base);

	if (rc == 0)
		return;
	/* Again in the next turn: memory and descriptors may be there by then. */
	errno = -rc;
	lvn_log_warn("event_base_loop: cannot rebuild the %s set", base->fds.backend->name);
}

static int64_t
until_next_try_locked(const struct event_base *base, int64_t budget_ns) REQUIRES(base->lock)
{
	bool is_short = budget_ns >= 0 && budget_ns < REFUSED_NS;

	return base->fds.change_count && !is_short ? REFUSED_NS : budget_ns;
}

/*
 * Whether the sleep is cut short to give blocks back, if nothing comes until then.  Not in a
 * simulation, which would run in another way for what its thread has done before.
 */
static bool
is_to_be_tidied_locked(const struct event_base *base, int64_t budget_ns) REQUIRES(base->lock)
{
	return LVN_UNLIKELY(!lvn_block_pool_is_empty()) && (budget_ns < 0 || budget_ns > IDLE_NS) &&
	       !base->clock.context;
}

/* After a wait.  Whether it was for something. */
static bool
collect_locked(struct event_base *base) REQUIRES(base->lock)
{
	const struct backend_ops *backend = base->fds.backend;
	bool woken = false;

	/* The wait returned what was registered before it, which others may have closed meanwhile. */
	if (LVN_UNLIKELY(base->fds.change_count > 0) && !backend->wakes_for_updates)
		lvn_fd_map_flush(&base->fds, &base->ready);
	backend->collect(base->fds.backend_state, &base->ready, &woken);
	if (woken)
		lvn_wakeup_drain(base->wakeup.read_end);
	return woken || base->ready.count > 0 || lvn_signals_came_quietly(&base->signals);
}

static int
poll_kernel_locked(struct event_base *base, int64_t budget_ns) REQUIRES(base->lock)
{
	const struct backend_ops *backend = base->fds.backend;
	bool tidies;
	int rc;

	if (LVN_UNLIKELY(base->fds.has_stale))
		rebuild_backend_locked(base);
	if (base->fds.change_count) {
		lvn_fd_map_flush(&base->fds, &base->ready);
		budget_ns = until_next_try_locked(base, budget_ns);
	}
	if (base->ready.count > 0)
		budget_ns = 0;
	budget_ns = open_to_wakeups_locked(base, budget_ns);
	if (backend->prepare) {
		rc = backend->prepare(base->fds.backend_state);
		if (rc < 0)
			return rc;
	}
	tidies = is_to_be_tidied_locked(base, budget_ns);
	rc = wait_locked(base, tidies ? IDLE_NS : budget_ns);
	if (rc < 0)
		return rc;
	if (!collect_locked(base) && tidies)
		lvn_block_pool_clear();
	return 0;
}

static int
fail_locked(struct event_base *base, int rc) REQUIRES(base->lock)
{
	errno = -rc;
	lvn_log_warn("event_base_loop: %s", base->fds.backend->name);
	return -1;
}

/* `edge` is EV_ET if the backend reports edges. */
static void
activate_events_of_locked(struct event_base *base, struct fd_entry *entry, short reported,
    short edge) REQUIRES(base->lock)
{
	for (struct event *ev = entry->first; ev; ev = lvn_event_next(ev)) {
		short what = ev->ev_events & reported;

		if (what)
			lvn_callback_activate_event_locked(
			    base, ev, what | (ev->ev_events & edge), 1);
	}
}

/* Activate the events of all that the backend has reported. */
static void
activate_reports_locked(struct event_base *base) REQUIRES(base->lock)
{
	short edge = base->fds.backend->features & EV_FEATURE_ET ? EV_ET : 0;
	struct ready_list *ready = &base->ready;

	if (LVN_UNLIKELY(lvn_signals_came_quietly(&base->signals)))
		lvn_signal_delivery_activate_locked(base);
	for (size_t i = 0; i < ready->count; i++) {
		const struct ready_fd *report = &ready->slots[i];
		struct fd_entry *entry;

		if (LVN_UNLIKELY(report->what & EV_SIGNAL)) {
			lvn_signal_delivery_report_locked(base, report->fd, report->stamp);
			continue;
		}
		entry = lvn_fd_map_reported(&base->fds, report);
		if (entry)
			activate_events_of_locked(base, entry, (short)report->what, edge);
	}
	if (ready->count == ready->capacity && ready->capacity < MOST_READY)
		(void)!lvn_ready_list_reserve(ready, ready->capacity * 2);
	ready->count = 0;
}

/*
 * The coarse clock may be a tick behind.  After a sleep that has taken its whole time it would
 * make the loop sleep again for the same timer.
 */
static int64_t
time_after_wait_locked(struct event_base *base) REQUIRES(base->lock)
{
	int64_t now_ns = lvn_clock_monotonic_ns(&base->clock);

	return now_ns > base->slept_until_ns ? now_ns : base->slept_until_ns;
}

/* Wait for events and read the clock.  0, or -1 if the backend failed. */
static int
poll_backend_locked(struct event_base *base, int flags) REQUIRES(base->lock)
{
	int64_t budget_ns;
	int rc;

	/* A callback may have taken long: the sleep is counted from now. */
	base->now_ns = 0;
	budget_ns = sleep_budget_locked(base, flags);
	lvn_callback_advance_later_locked(base);
	if (lvn_run_callback_has_watchers_locked(base, WATCH_PREPARE)) {
		lvn_run_callback_watchers_locked(base, WATCH_PREPARE, budget_ns);
		budget_ns = budget_after_watchers_locked(base, flags);
	}
	rc = poll_kernel_locked(base, budget_ns);
	if (rc < 0)
		return fail_locked(base, rc);
	if (!(base->flags & EVENT_BASE_FLAG_NO_CACHE_TIME))
		base->now_ns = time_after_wait_locked(base);
	if (lvn_run_callback_has_watchers_locked(base, WATCH_CHECK))
		lvn_run_callback_watchers_locked(base, WATCH_CHECK, budget_ns);
	if (LVN_UNLIKELY(lvn_inbox_has_pending(&base->inbox)))
		lvn_callback_collect_inbox_locked(base);
	return 0;
}

static bool
is_stopping(const struct event_base *base)
{
	return base->state.exit_requested || (base->state.interruptions & INTERRUPTED_BY_BREAK);
}

#define NOTHING_ACTIVE (-1)
#define BACKEND_FAILED (-2)

/* One turn.  How many callbacks ran, or one of the two above. */
static int
turn_locked(struct event_base *base, int flags) REQUIRES(base->lock)
{
	base->state.interruptions &= (uint8_t)~INTERRUPTED_BY_RESCAN;
	if (poll_backend_locked(base, flags) < 0)
		return BACKEND_FAILED;
	activate_reports_locked(base);
	/* Asked for by a watcher, or from elsewhere: callbacks wait for the next run. */
	if (LVN_UNLIKELY(base->state.interruptions & INTERRUPTED_BY_BREAK))
		return 0;
	base->state.timers_left = lvn_pending_expire_locked(base);
	return has_active_locked(base) ? lvn_run_callback_active_locked(base) : NOTHING_ACTIVE;
}

static int
run_turns_locked(struct event_base *base, int flags) REQUIRES(base->lock)
{
	while (!is_stopping(base)) {
		int ran;

		if (LVN_UNLIKELY(lvn_inbox_has_pending(&base->inbox)))
			lvn_callback_collect_inbox_locked(base);
		if (!(flags & EVLOOP_NO_EXIT_ON_EMPTY) && !has_work_locked(base))
			return 1;
		ran = turn_locked(base, flags);
		if (ran == BACKEND_FAILED)
			return -1;
		/* What other threads have activated meanwhile belongs to the same run. */
		if (LVN_UNLIKELY(lvn_inbox_has_pending(&base->inbox)))
			lvn_callback_collect_inbox_locked(base);
		if (ran == NOTHING_ACTIVE && (flags & EVLOOP_NONBLOCK))
			return 0;
		if (ran > 0 && (flags & EVLOOP_ONCE) && !has_active_locked(base) &&
		    !base->state.timers_left)
			return 0;
	}
	return 0;
}

int
lvn_loop_run_locked(struct event_base *base, int flags)
{
	int result;

	if (base->state.running) {
		lvn_log_warnx(
		    "event_base_loop: reentrant invocation.  Only one event_base_loop can "
		    "run on each event_base at once.");
		return -1;
	}
	if (lvn_ready_list_reserve(&base->ready, FIRST_READY) < 0)
		return -1;
	base->state.running = true;
	base->state.thread = lvn_lock_this_thread();
	lvn_inbox_set_reader(&base->inbox, true, base->state.thread);
	base->state.exit_requested = false;
	base->state.interruptions = 0;
	result = run_turns_locked(base, flags);
	base->now_ns = 0;
	lvn_inbox_set_reader(&base->inbox, false, 0);
	base->state.running = false;
	return result;
}

/* Whether a turn would find something without any time passing. */
static bool
is_busy_locked(struct event_base *base) REQUIRES(base->lock)
{
	const struct backend_ops *backend = base->fds.backend;

	return has_active_locked(base) || base->fds.change_count > 0 ||
	       (backend->is_ready && backend->is_ready(base->fds.backend_state));
}

int64_t
lvn_loop_next_work(struct event_base *base)
{
	int64_t next_ns = INT64_MAX;

	lvn_base_enter(base);
	if (has_work_locked(base)) {
		if (is_busy_locked(base))
			next_ns = INT64_MIN;
		else
			lvn_timers_next(&base->timers, &next_ns);
	}
	lvn_base_leave(base);
	return next_ns;
}
