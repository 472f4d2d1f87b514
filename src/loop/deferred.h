/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Callbacks that the layers above have the loop call.  These functions take the base's lock
 * themselves; the caller may hold locks of its own objects.
 */
#ifndef LVN_LOOP_DEFERRED_H
#define LVN_LOOP_DEFERRED_H

#include <event2/event_struct.h>
#include <stdbool.h>

#include "base/compiler.h"

struct event_base;

/* Sets one up, at the base's middle priority. */
void lvn_deferred_init(struct event_callback *callback, struct event_base *base,
    void (*fn)(struct event_callback *callback, void *arg), void *arg);

/* The loop will make it in this turn.  False if it was to be made anyway. */
bool lvn_deferred_schedule(struct event_base *base, struct event_callback *callback);

/* False if it is not waiting: it was not scheduled, or is being made right now. */
bool lvn_deferred_cancel(struct event_base *base, struct event_callback *callback);

#endif
