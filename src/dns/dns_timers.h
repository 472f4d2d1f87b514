/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The times at which exchanges have to be looked at: a 4-ary heap with the earliest first.
 * Memory is reserved before, so that setting a time never fails.  Knows no clock and no event.
 */
#ifndef LVN_DNS_DNS_TIMERS_H
#define LVN_DNS_DNS_TIMERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* Embedded in what waits.  Zeroed: not set. */
struct dns_timer {
	size_t place; /* in the heap, counted from 1; 0: not set */
};

/*
 * Invariants:
 *   1. slots[0] to slots[count - 1] are used, and the timer in slots[i] has place i + 1
 *   2. the time of slots[i] is not before that of slots[(i - 1) / 4]
 */
struct dns_timers {
	struct dns_timer_slot *slots;
	size_t count;
	size_t capacity;
};

/* Makes space for `count` timers in all.  Returns 0 or -ENOMEM. */
LVN_NODISCARD int lvn_dns_timers_reserve(struct dns_timers *timers, size_t count);
void lvn_dns_timers_clear(struct dns_timers *timers);

/* Sets a timer, or sets it anew.  There must be space for one that was not set. */
void lvn_dns_timers_set(struct dns_timers *timers, struct dns_timer *timer, int64_t due_ns);
/* Also of one that is not set. */
void lvn_dns_timers_unset(struct dns_timers *timers, struct dns_timer *timer);

/* When the first timer is due; INT64_MAX if none is set. */
int64_t lvn_dns_timers_next(const struct dns_timers *timers);
/* Unsets the first timer and returns it if it is due; else NULL. */
struct dns_timer *lvn_dns_timers_take(struct dns_timers *timers, int64_t now_ns);

#endif
