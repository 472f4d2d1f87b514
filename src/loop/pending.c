/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/pending.h"

#include <errno.h>
#include <event2/event.h>

#include "base/lock_cycle.h"
#include "base/log.h"
#include "loop/callback.h"
#include "loop/signal_delivery.h"

#define ON_FD (EV_READ | EV_WRITE | EV_CLOSED)

/* How soon, and later how often, a waiting event_del looks whether it waits for itself. */
#define FIRST_LOOK_NS (5 * LVN_NS_PER_MS)
#define LAST_LOOK_NS  (500 * LVN_NS_PER_MS)

/* So many timeouts come due in one turn at the most. */
#define EXPIRE_MAX 512

LVN_HOT_INLINE int
insert_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	int rc = 0;

	if (ev->ev_events & EV_SIGNAL)
		rc = lvn_signal_delivery_add_locked(base, ev);
	else if (ev->ev_fd >= 0)
		rc = lvn_fd_map_add(&base->fds, ev);
	if (rc < 0)
		return rc;
	*lvn_event_flags(ev) |= EVLIST_INSERTED;
	if (!(*lvn_event_flags(ev) & EVLIST_INTERNAL))
		base->counts.pending++;
	return 0;
}

LVN_HOT_INLINE void
take_out_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	*lvn_event_flags(ev) &= (uint8_t)~EVLIST_INSERTED;
	if (!(*lvn_event_flags(ev) & EVLIST_INTERNAL))
		base->counts.pending--;
	if (ev->ev_events & EV_SIGNAL)
		lvn_signal_delivery_del_locked(base, ev);
	else if (ev->ev_fd >= 0)
		lvn_fd_map_del(&base->fds, ev);
}

LVN_HOT_INLINE int
file_timer_locked(struct event_base *base, struct event *ev, int64_t deadline_ns, int64_t span_ns)
    REQUIRES(base->lock)
{
	uint8_t *flags = lvn_event_flags(ev);
	int rc;

	if (*flags & EVLIST_TIMEOUT)
		return lvn_timers_move(&base->timers, ev, deadline_ns, span_ns);
	rc = lvn_timers_add(&base->timers, ev, deadline_ns, span_ns);
	if (rc < 0)
		return rc;
	*flags |= EVLIST_TIMEOUT;
	if (!(*flags & EVLIST_INTERNAL))
		base->counts.pending++;
	return 0;
}

/* An event that is active because of its old timeout is to wait for the new one. */
LVN_HOT_INLINE void
take_back_expiry_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	if (!(*lvn_event_flags(ev) & EVLIST_ACTIVE) || !(ev->ev_res & EV_TIMEOUT))
		return;
	if (ev->ev_events & EV_SIGNAL && base->current.callback == &ev->ev_evcallback)
		base->current.signal_calls_ended = true;
	lvn_callback_cancel_locked(base, &ev->ev_evcallback);
}

LVN_HOT_INLINE int
set_timer_locked(struct event_base *base, struct event *ev, const struct timeval *tv)
    REQUIRES(base->lock)
{
	int64_t span_ns = lvn_common_timeout_span(&base->common, tv);
	int64_t deadline_ns = lvn_ns_add(lvn_base_now_locked(base), span_ns);
	int rc = file_timer_locked(base, ev, deadline_ns, span_ns);

	if (rc < 0)
		return rc;
	if (ev->ev_evcallback.evcb_closure == CLOSURE_PERSIST) {
		lvn_event_set_interval(ev, span_ns);
		lvn_fd_map_not_direct(&base->fds, ev->ev_fd);
	}
	take_back_expiry_locked(base, ev);
	return 0;
}

int
lvn_pending_add_locked(struct event_base *base, struct event *ev, const struct timeval *tv)
{
	uint8_t flags = *lvn_event_flags(ev);
	bool inserted = false;
	int rc;

	if (flags & EVLIST_FINALIZING)
		return -EINVAL;
	if ((ev->ev_events & (ON_FD | EV_SIGNAL)) &&
	    !(flags & (EVLIST_INSERTED | EVLIST_ACTIVE | EVLIST_ACTIVE_LATER))) {
		rc = insert_locked(base, ev);
		if (rc < 0)
			return rc;
		inserted = true;
	}
	if (tv) {
		rc = set_timer_locked(base, ev, tv);
		if (rc < 0) {
			if (inserted)
				take_out_locked(base, ev);
			return rc;
		}
	}
	lvn_counts_note_peak(&base->counts);
	lvn_base_wake_other_locked(base);
	return 0;
}

/* Before something is taken away: those activated by hand are not in the peak yet. */
LVN_HOT_INLINE void
note_peak_of_active(struct event_base *base) REQUIRES(base->lock)
{
	if (base->counts.active > 0)
		lvn_counts_note_peak(&base->counts);
}

LVN_HOT_INLINE void
drop_timer_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	uint8_t *flags = lvn_event_flags(ev);

	if (!(*flags & EVLIST_TIMEOUT))
		return;
	note_peak_of_active(base);
	lvn_timers_remove(&base->timers, ev);
	*flags &= (uint8_t)~EVLIST_TIMEOUT;
	if (!(*flags & EVLIST_INTERNAL))
		base->counts.pending--;
}

void
lvn_pending_remove_timer_locked(struct event_base *base, struct event *ev)
{
	if (!(*lvn_event_flags(ev) & EVLIST_TIMEOUT))
		return;
	drop_timer_locked(base, ev);
	/* Those of signals have their calls in its place. */
	if (ev->ev_evcallback.evcb_closure == CLOSURE_PERSIST)
		lvn_event_set_interval(ev, 0);
}

LVN_HOT_INLINE void
stop_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	uint8_t flags = *lvn_event_flags(ev);

	if (base->current.callback == &ev->ev_evcallback)
		base->current.signal_calls_ended = true;
	if (flags & EVLIST_TIMEOUT)
		drop_timer_locked(base, ev);
	if (flags & (EVLIST_ACTIVE | EVLIST_ACTIVE_LATER))
		lvn_callback_cancel_locked(base, &ev->ev_evcallback);
	if (flags & EVLIST_INSERTED) {
		note_peak_of_active(base);
		take_out_locked(base, ev);
	}
}

LVN_HOT_INLINE bool
must_wait_for(struct event_base *base, struct event *ev, enum del_mode mode)
{
	return base->current.callback == &ev->ev_evcallback && mode != DEL_NOBLOCK &&
	       (mode == DEL_BLOCK || !(ev->ev_events & EV_FINALIZE)) &&
	       base->current.finished.kind != LOCK_ABSENT && !lvn_base_is_in_loop_thread(base);
}

/*
 * Asked without the base lock: for that one the callback, or the loop after it, may well
 * wait, and it gets it.
 */
static LVN_COLD bool
waits_for_us_locked(struct event_base *base) REQUIRES(base->lock)
{
	int thread = base->state.kernel_thread;
	bool waits;

	lvn_lock_release(&base->lock);
	waits = lvn_lock_cycle_is_closed_by(thread);
	lvn_lock_acquire(&base->lock);
	return waits;
}

/*
 * Until the callback has returned, or waits itself for a mutex that the calling thread
 * holds: it will go on when that is given up, which only happens after we have returned.
 */
static LVN_COLD void
wait_for_callback_locked(struct event_base *base, struct event *ev, enum del_mode mode)
    REQUIRES(base->lock)
{
	int64_t patience_ns = FIRST_LOOK_NS;

	while (must_wait_for(base, ev, mode)) {
		bool is_cycle;

		base->state.interruptions |= INTERRUPTED_BY_WAITERS;
		lvn_condition_wait(&base->current.finished, &base->lock, patience_ns);
		is_cycle = must_wait_for(base, ev, mode) && waits_for_us_locked(base);
		/* The callback may have added its event again. */
		stop_locked(base, ev);
		if (is_cycle && must_wait_for(base, ev, mode)) {
			lvn_log_warnx("event_del: the callback of event %p waits for a mutex of "
				      "the thread that deletes it: not waiting for it to return",
			    (void *)ev);
			return;
		}
		if (patience_ns < LAST_LOOK_NS)
			patience_ns *= 2;
	}
}

int
lvn_pending_del_locked(struct event_base *base, struct event *ev, enum del_mode mode)
{
	if (*lvn_event_flags(ev) & EVLIST_FINALIZING)
		return 0;
	stop_locked(base, ev);
	lvn_base_wake_other_locked(base);
	if (LVN_UNLIKELY(must_wait_for(base, ev, mode)))
		wait_for_callback_locked(base, ev, mode);
	return 0;
}

void
lvn_pending_renew_timer_locked(struct event_base *base, struct event *ev)
{
	int64_t interval_ns = lvn_event_interval(ev);
	int64_t now_ns = lvn_base_now_locked(base);
	int64_t from_ns = ev->ev_res & EV_TIMEOUT ? lvn_event_deadline(ev) : now_ns;
	int64_t next_ns = lvn_ns_add(from_ns, interval_ns);

	if (next_ns < now_ns)
		next_ns = lvn_ns_add(now_ns, interval_ns);
	if ((ev->ev_events & (ON_FD | EV_SIGNAL)) && !(*lvn_event_flags(ev) & EVLIST_INSERTED))
		(void)insert_locked(base, ev);
	if (file_timer_locked(base, ev, next_ns, interval_ns) < 0)
		lvn_log_warnx(
		    "event_add: out of memory: event %p goes on without its timeout", (void *)ev);
}

/*
 * A timeout ends the wait for everything else: results that came in the same turn give way
 * to it.  A persistent event is added anew before it is called, so that an edge comes again.
 */
static void
expire_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	uint8_t *flags = lvn_event_flags(ev);

	*flags &= (uint8_t)~EVLIST_TIMEOUT;
	if (!(*flags & EVLIST_INTERNAL))
		base->counts.pending--;
	if (*flags & (EVLIST_ACTIVE | EVLIST_ACTIVE_LATER))
		lvn_callback_cancel_locked(base, &ev->ev_evcallback);
	if (*flags & EVLIST_INSERTED)
		take_out_locked(base, ev);
	lvn_callback_activate_event_locked(base, ev, EV_TIMEOUT, 1);
}

bool
lvn_pending_is_timer_due_locked(struct event_base *base)
{
	int64_t deadline_ns;

	return lvn_timers_next(&base->timers, &deadline_ns) &&
	       deadline_ns <= lvn_base_now_locked(base);
}

bool
lvn_pending_expire_locked(struct event_base *base)
{
	int64_t now_ns;

	if (lvn_timers_count(&base->timers) == 0)
		return false;
	now_ns = lvn_base_now_locked(base);
	for (int i = 0; i < EXPIRE_MAX; i++) {
		struct event *ev = lvn_timers_pop(&base->timers, now_ns);

		if (!ev)
			return lvn_pending_is_timer_due_locked(base);
		expire_locked(base, ev);
	}
	return true;
}

short
lvn_pending_bits(struct event *ev)
{
	uint8_t flags = *lvn_event_flags(ev);
	short bits = 0;

	if (flags & EVLIST_INSERTED)
		bits |= ev->ev_events & (ON_FD | EV_SIGNAL);
	if (flags & (EVLIST_ACTIVE | EVLIST_ACTIVE_LATER))
		bits |= ev->ev_res;
	if (flags & EVLIST_TIMEOUT)
		bits |= EV_TIMEOUT;
	return bits;
}
