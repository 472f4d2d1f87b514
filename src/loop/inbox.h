/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What other threads pass to a loop without taking its lock: events to activate and
 * functions to call.  Two stacks that any thread pushes on.  A thread that holds the base
 * lock takes all at once and reverses them, so that each producer's order is kept.
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
	LVN_ATOMIC(bool) has_pending; /* set by who pushes, cleared before all is taken */
	LVN_ATOMIC(struct event *) events;
	LVN_ATOMIC(struct post *) posts;
	LVN_ATOMIC(bool) is_read;         /* a loop is running that will look here ... */
	LVN_ATOMIC(unsigned long) reader; /* ... on this thread */
	LVN_ATOMIC(bool) sleeping; /* the loop has looked here for the last time before it sleeps */
};

LVN_HOT_INLINE bool
lvn_inbox_has_pending(struct inbox *inbox)
{
	return atomic_load_explicit(&inbox->has_pending, memory_order_relaxed);
}

/* The same after `sleeping` was set: the two must not change places. */
LVN_HOT_INLINE bool
lvn_inbox_has_pending_for_sleeper(struct inbox *inbox)
{
	return atomic_load(&inbox->has_pending);
}

LVN_HOT_INLINE void
lvn_inbox_clear_pending(struct inbox *inbox)
{
	atomic_store(&inbox->has_pending, false);
}

/* For the thread that runs the loop, before and after. */
LVN_HOT_INLINE void
lvn_inbox_set_reader(struct inbox *inbox, bool is_read, unsigned long thread)
{
	atomic_store_explicit(&inbox->reader, thread, memory_order_relaxed);
	atomic_store_explicit(&inbox->is_read, is_read, memory_order_relaxed);
}

/*
 * True if the loop runs on another thread than this.  Otherwise what is asked for has to
 * be done at once: the caller may look at it in the next line.
 */
LVN_HOT_INLINE bool
lvn_inbox_is_read_elsewhere(struct inbox *inbox, unsigned long this_thread)
{
	return atomic_load_explicit(&inbox->is_read, memory_order_relaxed) &&
	       atomic_load_explicit(&inbox->reader, memory_order_relaxed) != this_thread;
}

/*
 * Ask for `what` on behalf of the event.  False if it must be done under the lock: the
 * event is a signal's or has no space for the link, or the bits do not fit.
 */
bool lvn_inbox_push_event(struct inbox *inbox, struct event *ev, int what);
void lvn_inbox_push_post(struct inbox *inbox, struct post *post);

/* All that has come, oldest first, linked by the inbox link or `next`. */
struct event *lvn_inbox_take_events(struct inbox *inbox);
struct post *lvn_inbox_take_posts(struct inbox *inbox);

/*
 * What other threads asked for; *next_out is the event after `ev` in a list that was taken,
 * NULL at its end.  From here on they may push `ev` again.
 */
short lvn_inbox_open(struct event *ev, struct event **next_out);

#endif
