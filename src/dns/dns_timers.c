/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_timers.h"

#include <errno.h>

#include "base/assert.h"
#include "base/memory.h"

#define CHILDREN 4

struct dns_timer_slot {
	int64_t due_ns;
	struct dns_timer *timer;
};

int
lvn_dns_timers_reserve(struct dns_timers *timers, size_t count)
{
	size_t capacity = timers->capacity ? timers->capacity : 16;
	struct dns_timer_slot *slots;

	if (count <= timers->capacity)
		return 0;
	while (capacity < count)
		capacity *= 2;
	slots = lvn_realloc(timers->slots, capacity * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	timers->slots = slots;
	timers->capacity = capacity;
	return 0;
}

void
lvn_dns_timers_clear(struct dns_timers *timers)
{
	lvn_free(timers->slots);
	*timers = (struct dns_timers){0};
}

static void
put(struct dns_timers *timers, size_t i, struct dns_timer_slot slot)
{
	timers->slots[i] = slot;
	slot.timer->place = i + 1;
}

/* Puts the slot at i or above. */
static void
sift_up(struct dns_timers *timers, size_t i, struct dns_timer_slot slot)
{
	while (i > 0) {
		size_t parent = (i - 1) / CHILDREN;

		if (timers->slots[parent].due_ns <= slot.due_ns)
			break;
		put(timers, i, timers->slots[parent]);
		i = parent;
	}
	put(timers, i, slot);
}

static size_t
earliest_child(const struct dns_timers *timers, size_t i)
{
	size_t first = i * CHILDREN + 1;
	size_t earliest = first;

	for (size_t child = first + 1; child < first + CHILDREN && child < timers->count; child++) {
		if (timers->slots[child].due_ns < timers->slots[earliest].due_ns)
			earliest = child;
	}
	return earliest;
}

/* Puts the slot at i or below. */
static void
sift_down(struct dns_timers *timers, size_t i, struct dns_timer_slot slot)
{
	for (;;) {
		size_t child = earliest_child(timers, i);

		if (child >= timers->count || timers->slots[child].due_ns >= slot.due_ns)
			break;
		put(timers, i, timers->slots[child]);
		i = child;
	}
	put(timers, i, slot);
}

void
lvn_dns_timers_set(struct dns_timers *timers, struct dns_timer *timer, int64_t due_ns)
{
	struct dns_timer_slot slot = {due_ns, timer};
	size_t i = timer->place ? timer->place - 1 : timers->count;

	if (!timer->place) {
		LVN_ASSERT(timers->count < timers->capacity);
		timers->count++;
		sift_up(timers, i, slot);
	} else if (due_ns < timers->slots[i].due_ns) {
		sift_up(timers, i, slot);
	} else {
		sift_down(timers, i, slot);
	}
}

void
lvn_dns_timers_unset(struct dns_timers *timers, struct dns_timer *timer)
{
	size_t i = timer->place - 1;
	struct dns_timer_slot last;

	if (!timer->place)
		return;
	timer->place = 0;
	last = timers->slots[--timers->count];
	if (last.timer == timer)
		return;
	if (i > 0 && last.due_ns < timers->slots[(i - 1) / CHILDREN].due_ns)
		sift_up(timers, i, last);
	else
		sift_down(timers, i, last);
}

int64_t
lvn_dns_timers_next(const struct dns_timers *timers)
{
	return timers->count > 0 ? timers->slots[0].due_ns : INT64_MAX;
}

struct dns_timer *
lvn_dns_timers_take(struct dns_timers *timers, int64_t now_ns)
{
	struct dns_timer *timer;

	if (lvn_dns_timers_next(timers) > now_ns)
		return NULL;
	timer = timers->slots[0].timer;
	lvn_dns_timers_unset(timers, timer);
	return timer;
}
