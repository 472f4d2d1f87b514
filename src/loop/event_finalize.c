/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: event_finalize and event_free_finalize.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/log.h"
#include "loop/base.h"
#include "loop/callback.h"
#include "loop/debug.h"
#include "loop/pending.h"

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
	lvn_counts_note_peak(&base->counts);
	lvn_base_wake_other_locked(base);
}

static int
finalize(struct event *ev, event_finalize_callback_fn callback, enum callback_closure closure)
{
	struct event_base *base;

	if (lvn_debug_refuses(ev, "event_finalize"))
		return -1;
	base = ev->ev_base;
	if (!base) {
		lvn_log_warnx("event_finalize: event has no event_base set.");
		errno = EINVAL;
		return -1;
	}
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
