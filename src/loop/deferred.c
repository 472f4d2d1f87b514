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
