/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/pending.h"

#include <errno.h>
#include <event2/event.h>

#include "base/log.h"
#include "loop/callback.h"
#include "loop/debug.h"
#include "loop/signals/signal_delivery.h"

#define ON_FD (EV_READ | EV_WRITE | EV_CLOSED)

/* So many timeouts come due in one turn at the most. */
#define EXPIRE_MAX 256

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
	base->statistics.pending++;
	return 0;
}

LVN_HOT_INLINE void
take_out_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	*lvn_event_flags(ev) &= (uint8_t)~EVLIST_INSERTED;
	base->statistics.pending--;
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
	base->statistics.pending++;
	return 0;
}

/*
 * An event that is active because of its old timeout waits for the new one, but what else it is
 * active for is not lost.
 */
LVN_HOT_INLINE void
take_back_expiry_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	if (!(*lvn_event_flags(ev) & EVLIST_ACTIVE) || !(ev->ev_res & EV_TIMEOUT))
		return;
	ev->ev_res &= ~EV_TIMEOUT;
	if (ev->ev_res != 0)
		return;
	if (ev->ev_events & EV_SIGNAL && base->current.callback == &ev->ev_evcallback)
		base->current.signal_calls_ended = true;
	lvn_callback_cancel_locked(base, &ev->ev_evcallback);
}

LVN_HOT_INLINE int
set_timer_locked(struct event_base *base, struct event *ev, const struct timeval *tv)
    REQUIRES(base->lock)
{
	int64_t span_ns = lvn_common_timeout_duration(&base->common, tv);
	int64_t deadline_ns = lvn_ns_add(lvn_base_now_locked(base), span_ns);
	int rc = file_timer_locked(base, ev, deadline_ns, span_ns);

	if (rc < 0)
		return rc;
	if (ev->ev_evcallback.evcb_closure == CLOSURE_PERSIST)
		lvn_event_set_interval(ev, span_ns);
	take_back_expiry_locked(base, ev);
	return 0;
}

/*
 * What is active is not watched before its callback has been called.  An expired event that gets
 * another timeout is active no longer.
 */
LVN_HOT_INLINE bool
has_to_be_inserted(struct event *ev, bool gets_timeout)
{
	uint8_t flags = *lvn_event_flags(ev);

	if (!(ev->ev_events & (ON_FD | EV_SIGNAL)) || (flags & EVLIST_INSERTED))
		return false;
	if (!(flags & (EVLIST_ACTIVE | EVLIST_ACTIVE_LATER)))
		return true;
	return gets_timeout && (flags & EVLIST_ACTIVE) && ev->ev_res == EV_TIMEOUT;
}

int
lvn_pending_add_locked(struct event_base *base, struct event *ev, const struct timeval *tv)
{
	bool inserted = false;
	int rc;

	if (*lvn_event_flags(ev) & EVLIST_FINALIZING)
		return -EINVAL;
	if (has_to_be_inserted(ev, tv)) {
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
	lvn_statistics_note_peak(&base->statistics);
	lvn_debug_note_state(ev);
	lvn_base_wake_other_locked(base);
	return 0;
}

LVN_HOT_INLINE void
drop_timer_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	uint8_t *flags = lvn_event_flags(ev);

	if (!(*flags & EVLIST_TIMEOUT))
		return;
	lvn_timers_remove(&base->timers, ev);
	*flags &= (uint8_t)~EVLIST_TIMEOUT;
	base->statistics.pending--;
}

void
lvn_pending_remove_timer_locked(struct event_base *base, struct event *ev)
{
	if (!(*lvn_event_flags(ev) & EVLIST_TIMEOUT))
		return;
	drop_timer_locked(base, ev);
	lvn_debug_note_state(ev);
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
	if (flags & EVLIST_INSERTED)
		take_out_locked(base, ev);
	lvn_debug_note_state(ev);
}

LVN_HOT_INLINE bool
must_wait_for(struct event_base *base, struct event *ev, enum del_mode mode)
{
	return base->current.callback == &ev->ev_evcallback && mode != DEL_NOBLOCK &&
	       (mode == DEL_BLOCK || !(ev->ev_events & EV_FINALIZE)) &&
	       base->current.finished.handle && !lvn_base_is_in_loop_thread(base);
}

/* The callback may add its event again: it is deleted when the callback has returned. */
static LVN_COLD void
wait_for_callback_locked(struct event_base *base, struct event *ev, enum del_mode mode)
    REQUIRES(base->lock)
{
	while (must_wait_for(base, ev, mode)) {
		base->state.interruptions |= INTERRUPTED_BY_WAITERS;
		lvn_condition_wait(&base->current.finished, &base->lock);
		stop_locked(base, ev);
	}
}

void
lvn_pending_del_locked(struct event_base *base, struct event *ev, enum del_mode mode)
{
	if (*lvn_event_flags(ev) & EVLIST_FINALIZING)
		return;
	stop_locked(base, ev);
	lvn_base_wake_other_locked(base);
	if (LVN_UNLIKELY(must_wait_for(base, ev, mode)))
		wait_for_callback_locked(base, ev, mode);
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
 * A timeout ends the wait for everything else.  What the event is active for already, and the
 * signals that have arrived, are reported together with the timeout, in its place.  A persistent event is
 * added anew before it is called, so that an edge comes again.
 */
static void
expire_locked(struct event_base *base, struct event *ev) REQUIRES(base->lock)
{
	bool is_signal = ev->ev_events & EV_SIGNAL;
	short what = EV_TIMEOUT;
	short calls = 1;

	*lvn_event_flags(ev) &= (uint8_t)~EVLIST_TIMEOUT;
	base->statistics.pending--;
	if (*lvn_event_flags(ev) & EVLIST_INSERTED) {
		if (is_signal)
			lvn_signal_delivery_take_locked(base);
		take_out_locked(base, ev);
	}
	if (*lvn_event_flags(ev) & EVLIST_ACTIVE) {
		what |= ev->ev_res;
		if (is_signal)
			calls = ev->ev_.ev_signal.ev_ncalls;
		lvn_callback_cancel_locked(base, &ev->ev_evcallback);
	}
	lvn_callback_activate_event_locked(base, ev, what, calls);
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
