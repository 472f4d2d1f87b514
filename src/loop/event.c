/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: setting events up, adding, deleting and activating them.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "loop/base.h"
#include "loop/callback.h"
#include "loop/current_base.h"
#include "loop/debug.h"
#include "loop/event_fields.h"
#include "loop/pending.h"
#include "loop/quick.h"

/* An address that no program has: event_assign then hands the event itself over. */
static char self_argument;

static LVN_COLD bool
complain_of_no_base(const char *caller)
{
	lvn_log_warnx("%s: event has no event_base set.", caller);
	errno = EINVAL;
	return true;
}

LVN_HOT_INLINE bool
has_no_base(const struct event *ev, const char *caller)
{
	return LVN_UNLIKELY(!ev->ev_base) && complain_of_no_base(caller);
}

void *
event_self_cbarg(void)
{
	return &self_argument;
}

static enum callback_closure
closure_for(short events)
{
	if (events & EV_SIGNAL)
		return CLOSURE_SIGNAL;
	return events & EV_PERSIST ? CLOSURE_PERSIST : CLOSURE_EVENT;
}

int
event_assign(struct event *ev, struct event_base *base, evutil_socket_t fd, short events,
    event_callback_fn callback, void *arg)
{
	if (!base)
		base = lvn_current_base;
	if (arg == &self_argument)
		arg = ev;
	lvn_debug_note_use();
	if (lvn_debug_is_pending(ev, "event_assign"))
		return -1;
	memset(ev, 0, sizeof(*ev));
	ev->ev_base = base;
	ev->ev_fd = fd;
	ev->ev_events = events;
	ev->ev_evcallback.evcb_cb_union.evcb_callback = callback;
	ev->ev_evcallback.evcb_arg = arg;
	ev->ev_evcallback.evcb_closure = (uint8_t)closure_for(events);
	*lvn_event_flags(ev) = EVLIST_INIT;
	if (base)
		ev->ev_evcallback.evcb_pri = (uint8_t)(base->active.count / 2);
	if ((events & EV_SIGNAL) && (events & (EV_READ | EV_WRITE | EV_CLOSED))) {
		lvn_log_warnx("event_assign: EV_SIGNAL is not compatible with EV_READ, EV_WRITE or "
			      "EV_CLOSED");
		errno = EINVAL;
		return -1;
	}
	lvn_debug_remember(ev);
	return 0;
}

struct event *
event_new(struct event_base *base, evutil_socket_t fd, short events, event_callback_fn callback,
    void *arg)
{
	struct event *ev = lvn_alloc(sizeof(*ev));

	if (!ev)
		return NULL;
	if (event_assign(ev, base, fd, events, callback, arg) < 0) {
		lvn_free(ev);
		return NULL;
	}
	return ev;
}

void
event_free(struct event *ev)
{
	if (!ev)
		return;
	if (lvn_debug_refuses(ev, "event_free"))
		return;
	event_del(ev);
	lvn_debug_forget(ev);
	lvn_free(ev);
}

void
event_debug_unassign(struct event *ev)
{
	if (lvn_debug_is_pending(ev, "event_debug_unassign"))
		return;
	lvn_debug_forget(ev);
	*lvn_event_flags(ev) &= (uint8_t)~EVLIST_INIT;
}

int
event_base_set(struct event_base *eb, struct event *ev)
{
	/* Only a new event may move to another base. */
	if (*lvn_event_flags(ev) != EVLIST_INIT)
		return -1;
	if (lvn_debug_refuses(ev, "event_base_set"))
		return -1;
	ev->ev_base = eb;
	ev->ev_evcallback.evcb_pri = (uint8_t)(eb->active.count / 2);
	return 0;
}

int
event_priority_set(struct event *ev, int priority)
{
	struct event_base *base = ev->ev_base;
	int rc = -1;

	if (lvn_debug_refuses(ev, "event_priority_set") || !base)
		return -1;
	lvn_base_enter(base);
	if (!(*lvn_event_flags(ev) & EVLIST_ACTIVE) && priority >= 0 &&
	    priority < base->active.count) {
		ev->ev_evcallback.evcb_pri = (uint8_t)priority;
		rc = 0;
	}
	lvn_base_leave(base);
	return rc;
}

LVN_HOT_INLINE int
answer(int rc)
{
	if (LVN_LIKELY(rc >= 0))
		return 0;
	errno = -rc;
	return -1;
}

static LVN_NOINLINE int
add_event(struct event *ev, const struct timeval *timeout)
{
	struct event_base *base;
	int rc;

	lvn_lock_touch_missed();
	if (has_no_base(ev, "event_add") || lvn_debug_refuses(ev, "event_add"))
		return -1;
	base = ev->ev_base;
	if (lvn_debug_is_foreign_process(base, "event_add"))
		return -1;
	lvn_base_enter(base);
	rc = lvn_pending_add_locked(base, ev, timeout);
	lvn_base_leave(base);
	return answer(rc);
}

static LVN_NOINLINE int
delete_event(struct event *ev, enum del_mode mode)
{
	struct event_base *base;
	int rc;

	lvn_lock_touch_missed();
	if (has_no_base(ev, "event_del_") || lvn_debug_refuses(ev, "event_del"))
		return -1;
	base = ev->ev_base;
	lvn_base_enter(base);
	rc = lvn_pending_del_locked(base, ev, mode);
	lvn_base_leave(base);
	return answer(rc);
}

int
event_del_block(struct event *ev)
{
	return delete_event(ev, DEL_BLOCK);
}

int
event_del_noblock(struct event *ev)
{
	return delete_event(ev, DEL_NOBLOCK);
}

int
event_remove_timer(struct event *ev)
{
	struct event_base *base;

	if (has_no_base(ev, "event_remove_timer") || lvn_debug_refuses(ev, "event_remove_timer"))
		return -1;
	base = ev->ev_base;
	lvn_base_enter(base);
	lvn_pending_remove_timer_locked(base, ev);
	lvn_base_wake_other_locked(base);
	lvn_base_leave(base);
	return 0;
}

static void
activate_locked(struct event_base *base, struct event *ev, int res, short ncalls)
    REQUIRES(base->lock)
{
	lvn_callback_activate_event_locked(base, ev, (short)res, ncalls);
	/* Elsewhere the loop notes the peak before it runs the first. */
	if (base->current.priority >= 0)
		lvn_counts_note_peak(&base->counts);
	lvn_base_wake_other_locked(base);
}

/*
 * Without the bias of the lock.  If another thread runs the loop, word is left in the inbox,
 * which takes no lock and wakes the loop once for a burst.
 */
static LVN_NOINLINE void
activate_from_elsewhere(struct event_base *base, struct event *ev, int res, short ncalls)
{
	if (lvn_inbox_is_read_elsewhere(&base->inbox, lvn_lock_this_thread()) &&
	    lvn_inbox_push_event(&base->inbox, ev, res)) {
		lvn_base_wake(base);
		return;
	}
	lvn_base_enter(base);
	activate_locked(base, ev, res, ncalls);
	lvn_base_leave(base);
}

static LVN_NOINLINE void
activate_event(struct event *ev, int res, short ncalls)
{
	struct event_base *base;

	lvn_lock_touch_missed();
	if (has_no_base(ev, "event_active") || lvn_debug_refuses(ev, "event_active"))
		return;
	base = ev->ev_base;
	if (lvn_lock_is_cheap_here(&base->lock)) {
		lvn_base_enter(base);
		activate_locked(base, ev, res, ncalls);
		lvn_base_leave(base);
	} else {
		activate_from_elsewhere(base, ev, res, ncalls);
	}
}

/* ---- What most calls are ------------------------------------------------------------- */

/* Nothing about the event wants to be complained of. */
LVN_HOT_INLINE bool
is_ordinary(const struct event *ev)
{
	return LVN_LIKELY(ev->ev_base) && LVN_LIKELY(!lvn_debug_is_on);
}

/* Whether what other threads asked for must be seen to first. */
LVN_HOT_INLINE bool
has_arrivals(struct event_base *base)
{
	return LVN_UNLIKELY(lvn_inbox_wants_attention(&base->inbox));
}

static LVN_COLD int
step_out_slowly(struct event_base *base)
{
	if (base->lock.kind != LOCK_ABSENT)
		lvn_lock_bias_tell_revoker();
	lvn_base_wake_other(base);
	return 0;
}

/* `inside` is NULL where there is no lock. */
LVN_HOT_INLINE int
step_out(struct event_base *base, struct lock_thread *inside) NO_LOCK_ANALYSIS
{
	bool asleep = lvn_base_is_asleep_locked(base);

	if ((inside && !lvn_lock_untouch(&base->lock, inside)) || LVN_UNLIKELY(asleep))
		return step_out_slowly(base);
	return 0;
}

int
event_add(struct event *ev, const struct timeval *timeout) NO_LOCK_ANALYSIS
{
	struct event_base *base = ev->ev_base;
	struct lock_thread *inside = NULL;

	if (timeout || !is_ordinary(ev))
		return add_event(ev, timeout);
	if (base->lock.kind != LOCK_ABSENT) {
		inside = lvn_lock_touch(&base->lock);
		if (LVN_UNLIKELY(!inside))
			return add_event(ev, timeout);
	}
	if (has_arrivals(base) || !lvn_quick_add_locked(base, ev))
		return add_event(ev, timeout);
	return step_out(base, inside);
}

/* Of event_del, so that this need not keep registers for a call. */
static LVN_NOINLINE int
delete_timer(struct event_base *base, struct event *ev, struct lock_thread *inside) NO_LOCK_ANALYSIS
{
	if (!lvn_quick_del_timer_locked(base, ev))
		return delete_event(ev, DEL_AUTO);
	return step_out(base, inside);
}

int
event_del(struct event *ev) NO_LOCK_ANALYSIS
{
	struct event_base *base = ev->ev_base;
	struct lock_thread *inside = NULL;

	if (!is_ordinary(ev))
		return delete_event(ev, DEL_AUTO);
	if (base->lock.kind != LOCK_ABSENT) {
		inside = lvn_lock_touch(&base->lock);
		if (LVN_UNLIKELY(!inside))
			return delete_event(ev, DEL_AUTO);
	}
	if (has_arrivals(base))
		return delete_event(ev, DEL_AUTO);
	if (!lvn_quick_del_locked(base, ev))
		return delete_timer(base, ev, inside);
	return step_out(base, inside);
}

void
event_active(struct event *ev, int res, short ncalls) NO_LOCK_ANALYSIS
{
	struct event_base *base = ev->ev_base;
	struct lock_thread *inside = NULL;

	if (!is_ordinary(ev)) {
		activate_event(ev, res, ncalls);
		return;
	}
	if (base->lock.kind != LOCK_ABSENT) {
		inside = lvn_lock_touch(&base->lock);
		if (LVN_UNLIKELY(!inside)) {
			activate_event(ev, res, ncalls);
			return;
		}
	}
	if (has_arrivals(base) || !lvn_quick_activate_locked(base, ev, (short)res)) {
		activate_event(ev, res, ncalls);
		return;
	}
	step_out(base, inside);
}

/* ---- Once ---------------------------------------------------------------------------- */

/* Runs in the loop's thread; the event is not pending any more. */
static void
on_once(evutil_socket_t fd, short what, void *arg)
{
	struct once *once = arg;
	struct event_base *base = once->ev.ev_base;

	once->callback(fd, what, once->arg);
	lvn_base_enter(base);
	lvn_once_list_remove(once);
	lvn_base_leave(base);
	lvn_debug_forget(&once->ev);
	lvn_free(once);
}

static int
start_once_locked(struct event_base *base, struct once *once, const struct timeval *timeout)
    REQUIRES(base->lock)
{
	int rc = 0;

	if (once->ev.ev_events || (timeout && evutil_timerisset(timeout)))
		rc = lvn_pending_add_locked(base, &once->ev, timeout);
	else
		lvn_callback_activate_event_locked(base, &once->ev, EV_TIMEOUT, 1);
	if (rc == 0)
		lvn_once_list_add(&base->once, once);
	lvn_counts_note_peak(&base->counts);
	lvn_base_wake_other_locked(base);
	return rc;
}

int
event_base_once(struct event_base *base, evutil_socket_t fd, short events,
    event_callback_fn callback, void *arg, const struct timeval *timeout)
{
	const short kinds = EV_TIMEOUT | EV_READ | EV_WRITE | EV_CLOSED;
	struct once *once;
	int rc;

	if (!base || (events & (EV_SIGNAL | EV_PERSIST)) || !(events & kinds)) {
		errno = EINVAL;
		return -1;
	}
	if ((events & kinds) == EV_TIMEOUT) {
		fd = -1;
		events = 0;
	} else {
		events &= kinds & ~EV_TIMEOUT;
	}
	once = lvn_calloc(1, sizeof(*once));
	if (!once)
		return -1;
	once->callback = callback;
	once->arg = arg;
	event_assign(&once->ev, base, fd, events, on_once, once);
	lvn_base_enter(base);
	rc = start_once_locked(base, once, timeout);
	lvn_base_leave(base);
	if (rc < 0) {
		lvn_debug_forget(&once->ev);
		lvn_free(once);
	}
	return answer(rc);
}
