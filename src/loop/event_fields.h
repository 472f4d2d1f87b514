/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the library keeps in the fields of `struct event`, whose layout is fixed by
 * the binary interface.  Programs read the descriptor, the events and the flags;
 * the rest of the bytes are ours to use.
 *
 *   ev_timeout                  deadline in nanoseconds of the base's clock and, where
 *                               pointers have 64 bits, a sequence number after it
 *   ev_timeout_pos              the timers' business: list links or a position
 *   evcb_flags                  the EVLIST_ bits in the low byte; in the high byte what other
 *                               threads activate the event with, changed atomically
 *   ev_.ev_io.ev_timeout        the interval of a persistent timeout in nanoseconds and,
 *                               where pointers have 64 bits, the link of the inbox of
 *                               activations by other threads
 */
#ifndef LVN_LOOP_EVENT_FIELDS_H
#define LVN_LOOP_EVENT_FIELDS_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdint.h>
#include <string.h>

#include "base/atomic.h"
#include "base/compiler.h"

#if UINTPTR_MAX > UINT32_MAX
#define LVN_EVENT_IS_WIDE 1
#else
#define LVN_EVENT_IS_WIDE 0
#endif

enum callback_closure {
	CLOSURE_EVENT,          /* called once for each activation */
	CLOSURE_SIGNAL,         /* called as often as the signal came */
	CLOSURE_PERSIST,        /* its timeout starts again */
	CLOSURE_SELF,           /* no event: called with the callback itself */
	CLOSURE_OWNED,          /* the same; called with NULL if its base is freed before */
	CLOSURE_INTERNAL,       /* an event of ours: the same, with the lock held */
	CLOSURE_NONE,           /* stands for others in a structure of ours: never called */
	CLOSURE_EVENT_FINALIZE, /* once nothing can run the event any more */
	CLOSURE_EVENT_FINALIZE_FREE,
};

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LVN_FLAGS_LOW_BYTE 1
#else
#define LVN_FLAGS_LOW_BYTE 0
#endif

/* The EVLIST_ bits.  Only this byte, so that the other one can change meanwhile. */
LVN_HOT_INLINE uint8_t *
lvn_callback_flags(struct event_callback *callback)
{
	return (uint8_t *)&callback->evcb_flags + LVN_FLAGS_LOW_BYTE;
}

LVN_HOT_INLINE uint8_t *
lvn_event_flags(struct event *ev)
{
	return lvn_callback_flags(&ev->ev_evcallback);
}

LVN_HOT_INLINE struct event *
lvn_event_of(struct event_callback *callback)
{
	return container_of(callback, struct event, ev_evcallback);
}

/*
 * Lists of events of one descriptor or one signal, newest first: ev_io_next and ev_signal_next
 * are the same bytes.  The first event has no le_prev, so that the head may move.
 */
LVN_HOT_INLINE void
lvn_event_link(struct event **first, struct event *ev)
{
	ev->ev_.ev_io.ev_io_next.le_next = *first;
	ev->ev_.ev_io.ev_io_next.le_prev = NULL;
	if (*first)
		(*first)->ev_.ev_io.ev_io_next.le_prev = &ev->ev_.ev_io.ev_io_next.le_next;
	*first = ev;
}

LVN_HOT_INLINE void
lvn_event_unlink(struct event **first, struct event *ev)
{
	struct event *next = ev->ev_.ev_io.ev_io_next.le_next;
	struct event **link = ev->ev_.ev_io.ev_io_next.le_prev;

	if (next)
		next->ev_.ev_io.ev_io_next.le_prev = link;
	if (link)
		*link = next;
	else
		*first = next;
}

LVN_HOT_INLINE struct event *
lvn_event_next(const struct event *ev)
{
	return ev->ev_.ev_io.ev_io_next.le_next;
}

/* Calls visit, which may unlink its event, for each until it returns non-zero; returns that. */
LVN_HOT_INLINE int
lvn_event_each(struct event *first, int (*visit)(struct event *ev, void *context), void *context)
{
	int rc = 0;

	for (struct event *ev = first, *next; ev && rc == 0; ev = next) {
		next = lvn_event_next(ev);
		rc = visit(ev, context);
	}
	return rc;
}

LVN_HOT_INLINE int64_t
lvn_event_deadline(const struct event *ev)
{
	int64_t deadline_ns;

	memcpy(&deadline_ns, &ev->ev_timeout, sizeof(deadline_ns));
	return deadline_ns;
}

LVN_HOT_INLINE void
lvn_event_set_deadline(struct event *ev, int64_t deadline_ns)
{
	memcpy(&ev->ev_timeout, &deadline_ns, sizeof(deadline_ns));
}

LVN_HOT_INLINE int64_t
lvn_event_interval(const struct event *ev)
{
	int64_t interval_ns;

	memcpy(&interval_ns, &ev->ev_.ev_io.ev_timeout, sizeof(interval_ns));
	return interval_ns;
}

LVN_HOT_INLINE void
lvn_event_set_interval(struct event *ev, int64_t interval_ns)
{
	memcpy(&ev->ev_.ev_io.ev_timeout, &interval_ns, sizeof(interval_ns));
}

/* The bits that other threads ask for. */
LVN_HOT_INLINE
LVN_ATOMIC(uint8_t) * lvn_event_asked(struct event *ev)
{
	return (LVN_ATOMIC(uint8_t) *)(void *)((uint8_t *)&ev->ev_evcallback.evcb_flags + 1 -
					       LVN_FLAGS_LOW_BYTE);
}

/* The next one while the event is in an inbox, as only a wide one can be. */
LVN_HOT_INLINE
LVN_ATOMIC(struct event *) * lvn_event_inbox_link(struct event *ev)
{
	return (LVN_ATOMIC(struct event *) *)(void *)((char *)&ev->ev_.ev_io.ev_timeout + 8);
}

#endif
