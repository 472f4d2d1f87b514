/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_front.h"

#include <string.h>

/* The first place from which on all entries are filed later than `filed_ns`. */
static unsigned
place_after(const struct timer_front *front, int64_t filed_ns)
{
	unsigned at = front->begin;
	unsigned count = lvn_timer_front_count(front);

	while (count > 0) {
		unsigned half = count / 2;
		bool later = front->entries[at + half].filed_ns > filed_ns;

		at = later ? at : at + half + 1;
		count = later ? half : count - half - 1;
	}
	return at;
}

/*
 * Among equals, before those added later.  A stale one has a newer sequence than it was filed
 * with, so that it is passed over or not: where it stands does not matter.
 */
static unsigned
place_among_equals(const struct timer_front *front, const struct event *ev, unsigned at)
{
	int64_t deadline_ns = lvn_event_deadline(ev);
	timer_sequence sequence = lvn_timer_sequence(ev);

	for (unsigned i = at; i > front->begin; i--) {
		const struct timer_entry *entry = &front->entries[i - 1];

		if (entry->filed_ns != deadline_ns)
			break;
		if (lvn_timer_sequence_before(lvn_timer_sequence(entry->ev), sequence))
			break;
		at = i - 1;
	}
	return at;
}

/* Makes room before the entry at `at`; answers where the room is. */
static unsigned
open_gap(struct timer_front *front, unsigned at)
{
	struct timer_entry *entries = front->entries;
	unsigned before = at - front->begin;
	unsigned after = front->end - at;

	if (front->end == LVN_TIMER_FRONT_CAPACITY || (front->begin > 0 && before < after)) {
		front->begin--;
		memmove(
		    &entries[front->begin], &entries[front->begin + 1], before * sizeof(*entries));
		return at - 1;
	}
	memmove(&entries[at + 1], &entries[at], after * sizeof(*entries));
	front->end++;
	return at;
}

static void
close_gap(struct timer_front *front, unsigned at)
{
	struct timer_entry *entries = front->entries;
	unsigned before = at - front->begin;
	unsigned after = front->end - at - 1;

	if (before < after) {
		memmove(
		    &entries[front->begin + 1], &entries[front->begin], before * sizeof(*entries));
		front->begin++;
	} else {
		memmove(&entries[at], &entries[at + 1], after * sizeof(*entries));
		front->end--;
	}
}

void
lvn_timer_front_insert(struct timer_front *front, struct event *ev)
{
	int64_t deadline_ns = lvn_event_deadline(ev);
	unsigned at;

	if (front->begin == front->end)
		front->begin = front->end = 0;
	at = place_among_equals(front, ev, place_after(front, deadline_ns));
	at = open_gap(front, at);
	front->entries[at] = (struct timer_entry){deadline_ns, ev};
	lvn_timer_set_filed_ns(ev, deadline_ns);
	lvn_timer_set_slot(ev, NULL);
}

void
lvn_timer_front_remove(struct timer_front *front, struct event *ev)
{
	unsigned at = place_after(front, lvn_timer_filed_ns(ev)) - 1;

	while (front->entries[at].ev != ev)
		at--;
	close_gap(front, at);
}

void
lvn_timer_front_fill(
    struct timer_front *front, struct timer_entry *entries, struct timer_entry *spare, size_t count)
{
	lvn_timer_run_sort(entries, spare, count);
	front->begin = (unsigned)(LVN_TIMER_FRONT_CAPACITY - count) / 2;
	front->end = front->begin + (unsigned)count;
	memcpy(&front->entries[front->begin], entries, count * sizeof(*entries));
	for (size_t i = 0; i < count; i++) {
		lvn_timer_set_filed_ns(entries[i].ev, entries[i].filed_ns);
		lvn_timer_set_slot(entries[i].ev, NULL);
	}
}
