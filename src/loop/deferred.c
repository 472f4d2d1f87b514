/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/deferred.h"

#include <event2/event.h>

#include "loop/base.h"
#include "loop/callback.h"

void
lvn_deferred_init(struct event_callback *callback, struct event_base *base,
    void (*fn)(struct event_callback *callback, void *arg), void *arg)
{
	lvn_callback_init(callback, fn, arg, base ? base->active.count / 2 : 0);
}

bool
lvn_deferred_schedule(struct event_base *base, struct event_callback *callback)
{
	bool is_new;

	lvn_base_enter(base);
	is_new = lvn_callback_activate_locked(base, callback);
	lvn_counts_note_peak(&base->counts);
	lvn_base_wake_other_locked(base);
	lvn_base_leave(base);
	return is_new;
}

bool
lvn_deferred_cancel(struct event_base *base, struct event_callback *callback)
{
	bool is_waiting;

	lvn_base_enter(base);
	is_waiting = *lvn_callback_flags(callback) & (EVLIST_ACTIVE | EVLIST_ACTIVE_LATER);
	if (is_waiting)
		lvn_callback_cancel_locked(base, callback);
	lvn_base_leave(base);
	return is_waiting;
}

bool
lvn_deferred_is_calm(struct event_base *base)
{
	bool is_calm;

	if (base->lock.kind == LOCK_ABSENT)
		return true;
	lvn_base_enter(base);
	is_calm = !base->current.callback || lvn_base_is_in_loop_thread(base);
	lvn_base_leave(base);
	return is_calm;
}

void
lvn_deferred_finalize(struct event_base *base, struct event_callback *callback,
    void (*fn)(struct event_callback *callback, void *arg), void *arg)
{
	lvn_base_enter(base);
	callback->evcb_closure = CLOSURE_FINALIZE;
	callback->evcb_cb_union.evcb_cbfinalize = fn;
	callback->evcb_arg = arg;
	*lvn_callback_flags(callback) |= EVLIST_FINALIZING;
	lvn_callback_activate_locked(base, callback);
	lvn_counts_note_peak(&base->counts);
	lvn_base_wake_other_locked(base);
	lvn_base_leave(base);
}
