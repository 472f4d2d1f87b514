/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What other threads hand to a loop without taking its lock: events to activate and
 * functions to call.  Two stacks that any thread pushes on; whoever holds the base's
 * lock takes all at once and turns them round, so that each producer's order is kept.
 */
#ifndef LVN_LOOP_INBOX_H
#define LVN_LOOP_INBOX_H

#include <event2/event_struct.h>
#include <stdbool.h>

#include "base/atomic.h"
#include "base/compiler.h"

struct event_base;

/* A function to call.  Owned by the inbox, then by the active queue, then freed. */
struct post {
	struct event_callback callback;
	void (*fn)(void *arg);
	void *arg;
	struct post *next;
};

struct inbox {
	LVN_ATOMIC(struct event *) events;
	LVN_ATOMIC(struct post *) posts;
	LVN_ATOMIC(bool) sleeping; /* the loop has looked here for the last time before it sleeps */
};

LVN_HOT_INLINE bool
lvn_inbox_has_mail(struct inbox *inbox)
{
	return atomic_load_explicit(&inbox->events, memory_order_relaxed) ||
	       atomic_load_explicit(&inbox->posts, memory_order_relaxed);
}

/*
 * Ask for `what` on behalf of the event.  False if it must be done under the lock: the
 * event is a signal's, or the bits have no room.
 */
bool lvn_inbox_push_event(struct inbox *inbox, struct event *ev, int what);
void lvn_inbox_push_post(struct inbox *inbox, struct post *post);

/* All that has come, oldest first, linked by the inbox link or `next`. */
struct event *lvn_inbox_take_events(struct inbox *inbox);
struct post *lvn_inbox_take_posts(struct inbox *inbox);

/*
 * The event after `ev` in a list that was taken, NULL at its end.  From here on other
 * threads may push `ev` again.  *what_out is what they asked for; false if that was
 * answered already.
 */
bool lvn_inbox_open(struct event *ev, struct event **next_out, short *what_out);

#endif
