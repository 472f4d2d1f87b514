/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Making callbacks active, and taking that back.
 */
#ifndef LVN_LOOP_CALLBACK_H
#define LVN_LOOP_CALLBACK_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/lock.h"

struct event;
struct event_base;
struct event_callback;

/* Sets up a callback that is no event's: fn(callback, arg) at that priority. */
void lvn_callback_init(struct event_callback *callback,
    void (*fn)(struct event_callback *callback, void *arg), void *arg, int priority);

/* Run it in this turn.  False if it was to run anyway. */
bool lvn_callback_activate_locked(struct event_base *base, struct event_callback *callback);
/* Run it in the next turn at the earliest. */
bool lvn_callback_activate_later_locked(struct event_base *base, struct event_callback *callback);
/* Do not run it. */
void lvn_callback_cancel_locked(struct event_base *base, struct event_callback *callback);

/* What was to run later runs now. */
void lvn_callback_advance_later_locked(struct event_base *base);

/*
 * Activate an event with the result `what`; one that is active already gets the bits
 * added.  `calls` is how often the callback of a signal event runs.
 */
void lvn_callback_activate_event_locked(
    struct event_base *base, struct event *ev, short what, short calls);

/* Activate what other threads have asked for. */
void lvn_callback_collect_inbox_locked(struct event_base *base);
/* Free what other threads have posted and what is active of it, without running it. */
void lvn_callback_drop_posts_locked(struct event_base *base);

/*
 * For the layers above, whose callers may hold locks of their own objects: these take the base's
 * lock.  lvn_callback_unschedule returns false if the callback is not waiting: it was not
 * scheduled, or is being run right now.
 */
void lvn_callback_schedule(struct event_base *base, struct event_callback *callback);
bool lvn_callback_unschedule(struct event_base *base, struct event_callback *callback);

#endif
