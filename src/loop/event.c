/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * API: set up, add, delete, activate and finalize events; levin_post.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <levin/post.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "loop/base.h"
#include "loop/callback.h"
#include "loop/debug.h"
#include "loop/event_fields.h"
#include "loop/pending.h"

/* An address that no program has: event_assign then passes the event itself. */
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
	if (ev->ev_base)
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

/* What a public function returns for 0 or -errno. */
LVN_HOT_INLINE int
result_of(int rc)
{
	if (LVN_LIKELY(rc >= 0))
		return 0;
	errno = -rc;
	return -1;
}

int
event_add(struct event *ev, const struct timeval *timeout)
{
	struct event_base *base;
	int rc;

	if (has_no_base(ev, "event_add") || lvn_debug_refuses(ev, "event_add"))
		return -1;
	base = ev->ev_base;
	if (lvn_debug_is_foreign_process(base, "event_add"))
		return -1;
	lvn_base_enter(base);
	rc = lvn_pending_add_locked(base, ev, timeout);
	lvn_base_leave(base);
	return result_of(rc);
}

LVN_HOT_INLINE int
delete_event(struct event *ev, enum del_mode mode)
{
	struct event_base *base;

	if (has_no_base(ev, "event_del_") || lvn_debug_refuses(ev, "event_del"))
		return -1;
	base = ev->ev_base;
	lvn_base_enter(base);
	lvn_pending_del_locked(base, ev, mode);
	lvn_base_leave(base);
	return 0;
}

int
event_del(struct event *ev)
{
	return delete_event(ev, DEL_AUTO);
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

/*
 * If another thread runs the loop, the event is left in the inbox, which takes no lock and
 * wakes the loop once for a burst.
 */
void
event_active(struct event *ev, int res, short ncalls)
{
	struct event_base *base;

	if (has_no_base(ev, "event_active") || lvn_debug_refuses(ev, "event_active"))
		return;
	base = ev->ev_base;
	if (lvn_inbox_is_read_elsewhere(&base->inbox, lvn_lock_this_thread()) &&
	    lvn_inbox_push_event(&base->inbox, ev, res)) {
		lvn_base_wake(base);
		return;
	}
	lvn_base_enter(base);
	lvn_callback_activate_event_locked(base, ev, (short)res, ncalls);
	lvn_base_wake_other_locked(base);
	lvn_base_leave(base);
}

int
levin_post(struct event_base *base, levin_post_fn *fn, void *arg)
{
	struct post *post;

	if (!base || !fn) {
		errno = EINVAL;
		return -1;
	}
	post = lvn_calloc(1, sizeof(*post));
	if (!post)
		return -1;
	post->fn = fn;
	post->arg = arg;
	lvn_inbox_push_post(&base->inbox, post);
	lvn_base_wake(base);
	return 0;
}

/* ---- Once ---------------------------------------------------------------------------- */

static void
link_locked(struct event_base *base, struct once *once) REQUIRES(base->lock)
{
	once->next = base->once;
	once->link = &base->once;
	if (once->next)
		once->next->link = &once->next;
	base->once = once;
}

/* Runs in the loop's thread; the event is not pending any more. */
static void
on_once(evutil_socket_t fd, short what, void *arg)
{
	struct once *once = arg;
	struct event_base *base = once->ev.ev_base;

	once->callback(fd, what, once->arg);
	lvn_base_enter(base);
	if (once->next)
		once->next->link = once->link;
	*once->link = once->next;
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
		link_locked(base, once);
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
	return result_of(rc);
}

/* ---- Finalizing ---------------------------------------------------------------------- */

static void
finalize_locked(struct event_base *base, struct event *ev, event_finalize_callback_fn callback,
    enum callback_closure closure) REQUIRES(base->lock)
{
	uint8_t *flags = lvn_event_flags(ev);

	if (*flags & EVLIST_FINALIZING)
		return;
	lvn_pending_del_locked(base, ev, DEL_NOBLOCK);
	ev->ev_evcallback.evcb_closure = (uint8_t)closure;
	ev->ev_evcallback.evcb_cb_union.evcb_evfinalize = callback;
	*flags |= EVLIST_FINALIZING;
	lvn_callback_activate_locked(base, &ev->ev_evcallback);
	lvn_base_wake_other_locked(base);
}

static int
finalize(struct event *ev, event_finalize_callback_fn callback, enum callback_closure closure)
{
	struct event_base *base;

	if (lvn_debug_refuses(ev, "event_finalize") || has_no_base(ev, "event_finalize"))
		return -1;
	base = ev->ev_base;
	lvn_base_enter(base);
	finalize_locked(base, ev, callback, closure);
	lvn_base_leave(base);
	return 0;
}

int
event_finalize(unsigned flags, struct event *ev, event_finalize_callback_fn callback)
{
	(void)flags;
	return finalize(ev, callback, CLOSURE_EVENT_FINALIZE);
}

int
event_free_finalize(unsigned flags, struct event *ev, event_finalize_callback_fn callback)
{
	(void)flags;
	return finalize(ev, callback, CLOSURE_EVENT_FINALIZE_FREE);
}
