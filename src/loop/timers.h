/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events ordered by deadline, ties in order of adding.
 *
 * Owns its arrays, never an event.  It uses ev_timeout_pos and ev_timeout of an event
 * between add and remove, and knows nothing about clocks, flags or callbacks.
 */
#ifndef LVN_LOOP_TIMERS_H
#define LVN_LOOP_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct event;
struct timers; /* members below, with their invariants */

void lvn_timers_init(struct timers *timers);
/* Forgets all events; frees the arrays. */
void lvn_timers_clear(struct timers *timers);

/*
 * File `ev`, which must not be in the timers, under `deadline_ns`.  `span_ns` is the
 * duration that led to the deadline: events of one duration are cheapest.
 * Returns 0, or -ENOMEM and leaves everything as it was.
 */
int lvn_timers_add(struct timers *timers, struct event *ev, int64_t deadline_ns, int64_t span_ns);

/* The same for an event that is in the timers: the deadline is replaced; counts as added now. */
int lvn_timers_move(struct timers *timers, struct event *ev, int64_t deadline_ns, int64_t span_ns);

/* `ev` must be in the timers. */
void lvn_timers_remove(struct timers *timers, struct event *ev);

/* The earliest deadline.  False if there is none. */
bool lvn_timers_next(struct timers *timers, int64_t *deadline_ns_out);

/* Removes and answers the first event with deadline <= now_ns, or NULL. */
struct event *lvn_timers_pop(struct timers *timers, int64_t now_ns);

/* Calls visit for each event, in no order, until it answers non-zero; answers that. */
int lvn_timers_each(
    struct timers *timers, int (*visit)(struct event *ev, void *context), void *context);

size_t lvn_timers_count(const struct timers *timers);

#endif
