/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Small arrays of events with their keys beside them: sorting, and finding the median.
 *
 * The order is that of filed_ns, then of sequence.  The sequence is read from the event,
 * and only when two keys are equal.
 */
#ifndef LVN_LOOP_TIMER_RUN_H
#define LVN_LOOP_TIMER_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/timer_fields.h"

struct timer_entry {
	int64_t filed_ns;
	struct event *ev;
};

LVN_HOT_INLINE bool
lvn_timer_entry_before(const struct timer_entry *left, const struct timer_entry *right)
{
	if (LVN_LIKELY(left->filed_ns != right->filed_ns))
		return left->filed_ns < right->filed_ns;
	return lvn_timer_sequence_before(
	    lvn_timer_sequence(left->ev), lvn_timer_sequence(right->ev));
}

/* `spare` has room for `count` entries too. */
void lvn_timer_run_sort(struct timer_entry *entries, struct timer_entry *spare, size_t count);

/* Afterwards none before `middle` comes after any from `middle` on, and it is the first of these. */
void lvn_timer_run_divide(struct timer_entry *entries, size_t count, size_t middle);

#endif
