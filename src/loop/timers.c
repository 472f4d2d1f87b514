/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timers.h"

#include <errno.h>

#include "base/assert.h"

/* Filing one anew takes a tenth of a microsecond to two, depending on the caches. */
#define REFILED_AT_ONCE     1024
#define OPENING_COUNTS_AS   8
#define TURNS_BETWEEN_TRIMS 256

void
lvn_timers_init(struct timers *timers)
{
	timers->last_sequence = 0;
	timers->count = 0;
	timers->turns = 0;
	timers->front.begin = timers->front.end = 0;
	lvn_timer_tree_init(&timers->tree);
	lvn_timer_spans_init(&timers->spans);
}

void
lvn_timers_clear(struct timers *timers)
{
	lvn_timer_tree_clear(&timers->tree);
	lvn_timer_spans_clear(&timers->spans);
	lvn_timers_init(timers);
}

/* The upper half of the front becomes the first leaf of the tree.  0 or -ENOMEM. */
static int
halve_front(struct timers *timers)
{
	struct timer_front *front = &timers->front;
	unsigned count = lvn_timer_front_count(front) / 2;
	int rc = lvn_timer_tree_reserve(&timers->tree);

	if (rc < 0)
		return rc;
	front->end -= count;
	lvn_timer_tree_graft(&timers->tree, &front->entries[front->end], count);
	return 0;
}

/* Puts `ev` into the front or the tree.  0, or -ENOMEM and nothing has changed. */
static int
file(struct timers *timers, struct event *ev)
{
	struct timer_key key = lvn_timer_key(ev);

	if (lvn_timer_tree_starts_after(&timers->tree, key) &&
	    lvn_timer_front_is_full(&timers->front)) {
		int rc = halve_front(timers);

		if (rc < 0)
			return rc;
	}
	if (!lvn_timer_tree_starts_after(&timers->tree, key))
		return lvn_timer_tree_insert(&timers->tree, ev);
	lvn_timer_front_insert(&timers->front, ev);
	return 0;
}

/* So that `file` cannot fail once. */
static int
reserve(struct timers *timers)
{
	if (timers->tree.root || lvn_timer_front_is_full(&timers->front))
		return lvn_timer_tree_reserve(&timers->tree);
	return 0;
}

static int
file_by_span(struct timers *timers, struct event *ev, int64_t span_ns)
{
	if (LVN_EVENT_IS_WIDE && lvn_timer_spans_insert(&timers->spans, ev, span_ns))
		return 0;
	return file(timers, ev);
}

/* Out of the front or the tree. */
static void
take_from_file(struct timers *timers, struct event *ev)
{
	if (lvn_timer_slot(ev))
		lvn_timer_tree_remove(&timers->tree, ev);
	else
		lvn_timer_front_remove(&timers->front, ev);
}

int
lvn_timers_add(struct timers *timers, struct event *ev, int64_t deadline_ns, int64_t span_ns)
{
	int rc;

	lvn_event_set_deadline(ev, deadline_ns);
	lvn_timer_set_sequence(ev, ++timers->last_sequence);
	rc = file_by_span(timers, ev, span_ns);
	if (rc < 0)
		return rc;
	timers->count++;
	return 0;
}

static int
move_in_queues(struct timers *timers, struct event *ev, int64_t deadline_ns, int64_t span_ns)
{
	struct event *previous = lvn_timer_link_previous(ev);
	struct event *next = lvn_timer_link_next(ev);
	int64_t old_deadline_ns = lvn_event_deadline(ev);
	timer_sequence old_sequence = lvn_timer_sequence(ev);
	int rc;

	lvn_timer_queue_remove(ev);
	lvn_event_set_deadline(ev, deadline_ns);
	lvn_timer_set_sequence(ev, ++timers->last_sequence);
	rc = file_by_span(timers, ev, span_ns);
	if (rc < 0) {
		lvn_event_set_deadline(ev, old_deadline_ns);
		lvn_timer_set_sequence(ev, old_sequence);
		lvn_timer_set_links(previous, ev);
		lvn_timer_set_links(ev, next);
	}
	return rc;
}

int
lvn_timers_move_elsewhere(
    struct timers *timers, struct event *ev, int64_t deadline_ns, int64_t span_ns)
{
	int rc;

	if (LVN_EVENT_IS_WIDE && lvn_timer_is_in_queue(ev))
		return move_in_queues(timers, ev, deadline_ns, span_ns);
	rc = reserve(timers);
	if (rc < 0)
		return rc;
	take_from_file(timers, ev);
	lvn_event_set_deadline(ev, deadline_ns);
	lvn_timer_set_sequence(ev, ++timers->last_sequence);
	rc = file_by_span(timers, ev, span_ns);
	LVN_ASSERT(rc == 0);
	return 0;
}

void
lvn_timers_remove_filed(struct timers *timers, struct event *ev)
{
	take_from_file(timers, ev);
	timers->count--;
}

/* A stale event that is nowhere goes where its deadline says. */
static void
file_anew(struct timers *timers, struct event *ev)
{
	if (file(timers, ev) < 0)
		lvn_timer_spans_insert_rest(&timers->spans, ev);
}

/* Fills the empty front from the first leaf.  Answers how many were filed anew. */
static unsigned
open_first_leaf(struct timers *timers)
{
	struct timer_entry entries[LVN_TIMER_LEAF_CAPACITY];
	struct timer_entry spare[LVN_TIMER_LEAF_CAPACITY];
	struct event *stranded;
	size_t count;
	size_t kept = 0;
	unsigned refiled = 0;

	while ((stranded = lvn_timer_tree_take_stranded(&timers->tree)))
		lvn_timer_spans_insert_rest(&timers->spans, stranded);
	count = lvn_timer_tree_take_first(&timers->tree, entries);
	for (size_t i = 0; i < count; i++) {
		struct timer_entry entry = entries[i];

		if (LVN_EVENT_IS_WIDE && lvn_timer_is_stale(entry.ev)) {
			entry.filed_ns = lvn_event_deadline(entry.ev);
			refiled++;
			if (!lvn_timer_tree_starts_after(&timers->tree, lvn_timer_key(entry.ev))) {
				file_anew(timers, entry.ev);
				continue;
			}
		}
		entries[kept++] = entry;
	}
	lvn_timer_front_fill(&timers->front, entries, spare, kept);
	return refiled;
}

static bool
front_is_empty(const struct timers *timers)
{
	return lvn_timer_front_count(&timers->front) == 0;
}

/*
 * Until the first event of front and tree is the first of the front and not stale.
 * False if that would have taken too long.
 */
static bool
settle_front(struct timers *timers)
{
	unsigned refiled = 0;

	for (;;) {
		struct event *ev;

		if (refiled >= REFILED_AT_ONCE)
			return false;
		if (front_is_empty(timers)) {
			if (!timers->tree.root)
				return true;
			refiled += OPENING_COUNTS_AS + open_first_leaf(timers);
			continue;
		}
		ev = lvn_timer_front_first(&timers->front)->ev;
		if (!LVN_EVENT_IS_WIDE || LVN_LIKELY(!lvn_timer_is_stale(ev)))
			return true;
		lvn_timer_front_drop_first(&timers->front);
		file_anew(timers, ev);
		refiled++;
	}
}

/* What front and tree hold is not due before this.  False if they are empty. */
static bool
front_starts_at(const struct timers *timers, int64_t *earliest_ns_out)
{
	if (!front_is_empty(timers))
		*earliest_ns_out = lvn_timer_front_first(&timers->front)->filed_ns;
	else if (timers->tree.count > 0)
		*earliest_ns_out = timers->tree.first.filed_ns;
	else
		return false;
	return true;
}

static void
trim_sometimes(struct timers *timers)
{
	if (++timers->turns % TURNS_BETWEEN_TRIMS != 0)
		return;
	lvn_timer_pool_trim(&timers->tree.leaves);
	lvn_timer_pool_trim(&timers->tree.branches);
}

bool
lvn_timers_find_next(struct timers *timers, int64_t *deadline_ns_out)
{
	struct event *queued = lvn_timer_spans_first(&timers->spans);
	int64_t earliest_ns;

	trim_sometimes(timers);
	if (!front_starts_at(timers, &earliest_ns) ||
	    (queued && lvn_event_deadline(queued) <= earliest_ns)) {
		if (queued)
			*deadline_ns_out = lvn_event_deadline(queued);
		return queued;
	}
	settle_front(timers);
	/* Events may have gone to the queues for want of memory. */
	queued = lvn_timer_spans_first(&timers->spans);
	if (!front_starts_at(timers, &earliest_ns) ||
	    (queued && lvn_event_deadline(queued) < earliest_ns))
		earliest_ns = lvn_event_deadline(queued);
	*deadline_ns_out = earliest_ns;
	return true;
}

/* The front's first if it is not after `queued`, which may be NULL. */
static struct event *
first_of(const struct timers *timers, struct event *queued)
{
	const struct timer_entry *first = lvn_timer_front_first(&timers->front);

	if (queued && lvn_timer_before(lvn_timer_key(queued), lvn_timer_key(first->ev)))
		return queued;
	return first->ev;
}

struct event *
lvn_timers_pop(struct timers *timers, int64_t now_ns)
{
	struct event *first;
	int64_t earliest_ns;

	if (front_starts_at(timers, &earliest_ns) && earliest_ns <= now_ns && !settle_front(timers))
		return NULL;
	first = LVN_EVENT_IS_WIDE ? lvn_timer_spans_first(&timers->spans) : NULL;
	if (!front_is_empty(timers))
		first = first_of(timers, first);
	if (!first || lvn_event_deadline(first) > now_ns)
		return NULL;
	if (LVN_EVENT_IS_WIDE && lvn_timer_is_in_queue(first)) {
		/* The next one was fetched when the one before this was popped. */
		lvn_timer_prefetch(lvn_timer_link_next(lvn_timer_link_next(first)));
		lvn_timer_queue_remove(first);
	} else {
		lvn_timer_front_drop_first(&timers->front);
	}
	timers->count--;
	return first;
}

int
lvn_timers_expect(struct timers *timers, int64_t span_ns)
{
	return LVN_EVENT_IS_WIDE ? lvn_timer_spans_expect(&timers->spans, span_ns) : 0;
}

static int
visit_front(
    const struct timer_front *front, int (*visit)(struct event *ev, void *context), void *context)
{
	int rc = 0;

	for (unsigned i = front->begin; i < front->end && rc == 0; i++)
		rc = visit(front->entries[i].ev, context);
	return rc;
}

int
lvn_timers_each(struct timers *timers, int (*visit)(struct event *ev, void *context), void *context)
{
	int rc;

	if (timers->count == 0)
		return 0;
	rc = visit_front(&timers->front, visit, context);
	if (rc == 0)
		rc = lvn_timer_tree_each(&timers->tree, visit, context);
	if (rc == 0)
		rc = lvn_timer_spans_each(&timers->spans, visit, context);
	return rc;
}
