/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/loop.h"

#include <errno.h>
#include <event2/event.h>

#include "base/log.h"
#include "loop/callback.h"
#include "loop/pending.h"
#include "loop/run_callback.h"
#include "loop/signal_delivery.h"

/* How much may be reported ready in one turn. */
#define FIRST_READY 64
#define MOST_READY  65536

/* Without a descriptor to be woken by, the loop looks for itself so often. */
#define UNWAKEABLE_NS (50 * LVN_NS_PER_MS)

static bool
has_active_locked(const struct event_base *base)
{
	return base->counts.active > 0 || base->active.later.first ||
	       base->active.queues[base->active.first].first;
}

static bool
has_work_locked(const struct event_base *base)
{
	return base->counts.pending > 0 || base->counts.virtual_ > 0 || has_active_locked(base);
}

/* How long the turn may sleep; negative is for ever. */
static int64_t
sleep_budget_locked(struct event_base *base, int flags)
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

/*
 * Before a sleep: other threads must be able to end it.  Afterwards none of them can have
 * put anything into the inbox unseen.
 */
static int64_t
get_ready_to_sleep_locked(struct event_base *base, int64_t budget_ns)
{
	if (!base->wakeup.is_open && lvn_base_open_wakeup_locked(base) < 0 &&
	    (budget_ns < 0 || budget_ns > UNWAKEABLE_NS))
		budget_ns = UNWAKEABLE_NS;
	if (base->wakeup.is_open)
		atomic_store(&base->inbox.sleeping, true);
	return lvn_inbox_has_mail(&base->inbox) ? 0 : budget_ns;
}

/* The only place where the loop gives up its lock to sleep. */
static int
wait_locked(struct event_base *base, int64_t budget_ns) REQUIRES(base->lock)
{
	const struct backend_ops *backend = base->fds.backend;
	void *state = base->fds.backend_state;
	int rc;

	if (budget_ns != 0)
		budget_ns = get_ready_to_sleep_locked(base, budget_ns);
	lvn_lock_release(&base->lock);
	rc = backend->wait(state, budget_ns);
	lvn_lock_acquire(&base->lock);
	atomic_store_explicit(&base->inbox.sleeping, false, memory_order_relaxed);
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
	lvn_fd_map_tell_all(&base->fds, state, &base->ready);
	backend->close(old_state);
	return 0;
}

static void
rid_of_phantoms_locked(struct event_base *base)
{
	int rc = lvn_loop_reopen_backend_locked(base);

	if (rc == 0)
		return;
	/* Again in the next turn: memory and descriptors may be there by then. */
	errno = -rc;
	lvn_log_warn("event_base_loop: cannot rebuild the %s set", base->fds.backend->name);
}

static int
poll_kernel_locked(struct event_base *base, int64_t budget_ns) REQUIRES(base->lock)
{
	const struct backend_ops *backend = base->fds.backend;
	bool woken = false;
	int rc;

	if (LVN_UNLIKELY(base->fds.has_phantoms))
		rid_of_phantoms_locked(base);
	if (base->fds.change_count)
		lvn_fd_map_flush(&base->fds, &base->ready);
	if (base->ready.count > 0)
		budget_ns = 0;
	if (backend->prepare) {
		rc = backend->prepare(base->fds.backend_state);
		if (rc < 0)
			return rc;
	}
	rc = wait_locked(base, budget_ns);
	if (rc < 0)
		return rc;
	backend->collect(base->fds.backend_state, &base->ready, &woken);
	/* A pipe has to be emptied lest it fill up; an eventfd only counts. */
	if (woken && base->wakeup.read_end != base->wakeup.write_end)
		lvn_wakeup_drain(base->wakeup.read_end);
	return 0;
}

static void
activate_ready_locked(struct event_base *base)
{
	struct ready_list *ready = &base->ready;

	for (size_t i = 0; i < ready->count; i++) {
		const struct ready_fd *report = &ready->slots[i];
		struct fd_entry *entry;

		if (LVN_UNLIKELY(report->what & EV_SIGNAL)) {
			lvn_signal_delivery_report_locked(base, report->fd, report->stamp);
			continue;
		}
		entry = lvn_fd_map_reported(&base->fds, report);
		if (!entry)
			continue;
		for (struct event *ev = entry->first; ev; ev = ev->ev_.ev_io.ev_io_next.le_next) {
			short what = ev->ev_events & report->what;

			if (what)
				lvn_callback_activate_event_locked(
				    base, ev, what | (ev->ev_events & EV_ET), 1);
		}
	}
	if (ready->count == ready->capacity && ready->capacity < MOST_READY)
		(void)!lvn_ready_list_reserve(ready, ready->capacity * 2);
	ready->count = 0;
}

static int
fail_locked(struct event_base *base, int rc)
{
	errno = -rc;
	lvn_log_warn("event_base_loop: %s", base->fds.backend->name);
	return -1;
}

/* One turn.  0, or -1 if the backend failed. */
static int
turn_locked(struct event_base *base, int flags) REQUIRES(base->lock)
{
	int64_t budget_ns;
	int rc;

	/* A callback may have taken long: the sleep is counted from now. */
	base->now_ns = 0;
	budget_ns = sleep_budget_locked(base, flags);
	lvn_callback_advance_later_locked(base);
	lvn_run_callback_watchers_locked(base, WATCH_PREPARE, budget_ns);
	rc = poll_kernel_locked(base, budget_ns);
	if (rc < 0)
		return fail_locked(base, rc);
	if (!(base->flags & EVENT_BASE_FLAG_NO_CACHE_TIME))
		base->now_ns = lvn_clock_monotonic_ns(&base->clock);
	lvn_run_callback_watchers_locked(base, WATCH_CHECK, budget_ns);
	if (LVN_UNLIKELY(lvn_inbox_has_mail(&base->inbox)))
		lvn_callback_collect_inbox_locked(base);
	activate_ready_locked(base);
	base->state.timers_left = lvn_pending_expire_locked(base);
	lvn_counts_note_peak(&base->counts);
	return 0;
}

static bool
is_stopping(const struct event_base *base)
{
	return base->state.exit_requested || base->state.break_requested;
}

static int
run_turns_locked(struct event_base *base, int flags) REQUIRES(base->lock)
{
	while (!is_stopping(base)) {
		int ran;

		if (LVN_UNLIKELY(lvn_inbox_has_mail(&base->inbox)))
			lvn_callback_collect_inbox_locked(base);
		if (!(flags & EVLOOP_NO_EXIT_ON_EMPTY) && !has_work_locked(base))
			return 1;
		base->state.rescan = false;
		if (turn_locked(base, flags) < 0)
			return -1;
		if (!has_active_locked(base)) {
			if (flags & EVLOOP_NONBLOCK)
				return 0;
			continue;
		}
		ran = lvn_run_callback_active_locked(base);
		if ((flags & EVLOOP_ONCE) && ran > 0 && !has_active_locked(base) &&
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
	lvn_lock_prefer_this_thread(&base->lock);
	base->state.running = true;
	base->state.thread = lvn_lock_this_thread();
	base->state.exit_requested = false;
	base->state.break_requested = false;
	result = run_turns_locked(base, flags);
	base->now_ns = 0;
	base->state.running = false;
	return result;
}
