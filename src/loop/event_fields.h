/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the library keeps in the fields of `struct event`, whose layout is fixed by
 * the binary interface.  Programs read the descriptor, the events and the flags;
 * the rest of the bytes are ours to use.
 *
 *   ev_timeout                  deadline in nanoseconds of the base's clock and, where
 *                               pointers have 64 bits, a sequence number after it
 *   ev_timeout_pos              the timers' business: list links or a position
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

#include "base/compiler.h"

#if UINTPTR_MAX > UINT32_MAX
#define LVN_EVENT_IS_WIDE 1
#else
#define LVN_EVENT_IS_WIDE 0
#endif

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

#if LVN_EVENT_IS_WIDE
LVN_HOT_INLINE uint64_t
lvn_event_sequence(const struct event *ev)
{
	uint64_t sequence;

	memcpy(&sequence, (const char *)&ev->ev_timeout + 8, sizeof(sequence));
	return sequence;
}

LVN_HOT_INLINE void
lvn_event_set_sequence(struct event *ev, uint64_t sequence)
{
	memcpy((char *)&ev->ev_timeout + 8, &sequence, sizeof(sequence));
}
#endif

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

#endif
