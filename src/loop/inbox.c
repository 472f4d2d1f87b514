/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/inbox.h"

#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "loop/event_fields.h"

/* Says that an activation is requested, also when the bits are 0.  No event result has it. */
#define REQUESTED EV_FINALIZE

/* If it is set already, nothing is lost: it is cleared before the stacks are taken. */
static void
announce(struct inbox *inbox)
{
	if (!atomic_load(&inbox->has_pending))
		atomic_store(&inbox->has_pending, true);
}

/*
 * The thread that finds an event not requested yet puts it into the list, and no other
 * thread does until it is opened: the link belongs to that thread, then to the opener.
 */
bool
lvn_inbox_push_event(struct inbox *inbox, struct event *ev, int what)
{
	LVN_ATOMIC(struct event *) *link = lvn_event_inbox_link(ev);
	struct event *head;

	if (!LVN_EVENT_IS_WIDE || (ev->ev_events & EV_SIGNAL) || (what & ~(0xff & ~REQUESTED)))
		return false;
	if (atomic_fetch_or(lvn_event_asked(ev), (uint8_t)(what | REQUESTED)) & REQUESTED)
		return true;
	head = atomic_load_explicit(&inbox->events, memory_order_relaxed);
	do {
		atomic_store_explicit(link, head, memory_order_relaxed);
	} while (!atomic_compare_exchange_weak(&inbox->events, &head, ev));
	announce(inbox);
	return true;
}

struct event *
lvn_inbox_take_events(struct inbox *inbox)
{
	struct event *newest = atomic_exchange(&inbox->events, NULL);
	struct event *turned = NULL;

	while (newest) {
		LVN_ATOMIC(struct event *) *link = lvn_event_inbox_link(newest);
		struct event *older = atomic_load_explicit(link, memory_order_relaxed);

		/* Another thread has changed it just now, and it is activated next. */
		LVN_PREFETCH_WRITE(&newest->ev_evcallback);
		atomic_store_explicit(link, turned, memory_order_relaxed);
		turned = newest;
		newest = older;
	}
	return turned;
}

short
lvn_inbox_open(struct event *ev, struct event **next_out)
{
	*next_out = atomic_load_explicit(lvn_event_inbox_link(ev), memory_order_relaxed);
	return (short)(atomic_exchange(lvn_event_asked(ev), 0) & ~REQUESTED);
}

void
lvn_inbox_push_post(struct inbox *inbox, struct post *post)
{
	post->next = atomic_load_explicit(&inbox->posts, memory_order_relaxed);
	while (!atomic_compare_exchange_weak(&inbox->posts, &post->next, post))
		;
	announce(inbox);
}

struct post *
lvn_inbox_take_posts(struct inbox *inbox)
{
	struct post *newest = atomic_exchange(&inbox->posts, NULL);
	struct post *turned = NULL;

	while (newest) {
		struct post *older = newest->next;

		newest->next = turned;
		turned = newest;
		newest = older;
	}
	return turned;
}
