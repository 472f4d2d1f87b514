/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Running the callbacks that are active.
 */
#ifndef LVN_LOOP_RUN_CALLBACK_H
#define LVN_LOOP_RUN_CALLBACK_H

#include "loop/base.h"
#include "loop/watch_list.h"

/*
 * Run the most urgent queue that has callbacks, until it is empty, something more urgent comes
 * up, a limit of the configuration is reached, or the loop is to break.  Returns how many ran.
 */
int lvn_run_callback_active_locked(struct event_base *base) REQUIRES(base->lock);

/* Call a finalizer that was active, and free the event where that was asked for. */
void lvn_run_callback_finalize(struct event_callback *callback);

LVN_HOT_INLINE bool
lvn_run_callback_has_watchers_locked(const struct event_base *base, enum watch_kind kind)
    REQUIRES(base->lock)
{
	return LVN_UNLIKELY(base->watchers.first[kind]);
}

/* Call the watchers of a kind.  `timeout_ns` is the planned wait, negative for ever. */
void lvn_run_callback_watchers_locked(
    struct event_base *base, enum watch_kind kind, int64_t timeout_ns) REQUIRES(base->lock);

#endif
