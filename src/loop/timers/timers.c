/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timers/timers.h"

#include "base/memory.h"

/* Filing one anew takes a tenth of a microsecond to one, depending on the caches. */
#define REFILED_AT_ONCE 256

/* Other threads may have read the clock a little earlier than the one that came before. */
#define STEPS_BACK 8

void
lvn_timers_init(struct timers *timers)
{
	*timers = (struct timers){.refiles_left = REFILED_AT_ONCE};
	lvn_timer_heap_init(&timers->heap);
}

void
lvn_timers_clear(struct timers *timers)
{
	lvn_timer_heap_clear(&timers->heap);
	for (size_t i = 0; i < LVN_TIMER_QUEUES; i++)
		lvn_free(timers->durations[i].queue);
	lvn_timers_init(timers);
}

/* ---- one queue ---- */

/* The queue whose handle this is, or NULL if it is an event. */
LVN_HOT_INLINE struct timer_queue *
queue_of_handle(struct event *ev)
{
	if (LVN_LIKELY(ev->ev_evcallback.evcb_closure != CLOSURE_NONE))
		return NULL;
	return container_of(ev, struct timer_queue, handle);
}

/* NULL when empty. */
LVN_HOT_INLINE struct event *
first_of(const struct timer_queue *queue)
{
	struct event *first = lvn_timer_link_next(&queue->ring);

	return first == &queue->ring ? NULL : first;
}

/* The event, or the ring itself, after which `ev` belongs.  NULL if that is too far from the end. */
static struct event *
find_previous(struct timer_queue *queue, const struct event *ev)
{
	struct event *previous = lvn_timer_link_previous(&queue->ring);

	for (int step = 0; step < STEPS_BACK; step++) {
		if (previous == &queue->ring ||
		    lvn_timer_key_before(lvn_timer_key(previous), lvn_timer_key(ev)))
			return previous;
		previous = lvn_timer_link_previous(previous);
	}
	return NULL;
}

/* Files the handle so that it is not after `ev`, the new first of the queue.  0 or -ENOMEM. */
static int
file_handle(struct timers *timers, struct timer_queue *queue, const struct event *ev)
{
	int rc = 0;

	if (queue->is_filed &&
	    !lvn_timer_key_before(lvn_timer_key(ev), lvn_timer_key(&queue->handle)))
		return 0;
	lvn_timer_set_key(&queue->handle, lvn_timer_key(ev));
	if (queue->is_filed)
		lvn_timer_heap_update(&timers->heap, &queue->handle);
	else
		rc = lvn_timer_heap_push(&timers->heap, &queue->handle);
	queue->is_filed = rc == 0;
	return rc;
}

/* False, and nothing has changed, without memory or if `ev` does not belong near the end. */
static bool
insert(struct timers *timers, struct timer_queue *queue, struct event *ev)
{
	struct event *previous = find_previous(queue, ev);

	if (!previous)
		return false;
	if (LVN_UNLIKELY(previous == &queue->ring) && file_handle(timers, queue, ev) < 0)
		return false;
	lvn_timer_set_links(ev, lvn_timer_link_next(previous));
	lvn_timer_set_links(previous, ev);
	return true;
}

/* ---- queues by duration ---- */

static struct timer_queue *
new_queue(void)
{
	struct timer_queue *queue = lvn_calloc(1, sizeof(*queue));

	if (!queue)
		return NULL;
	queue->handle.ev_evcallback.evcb_closure = CLOSURE_NONE;
	lvn_timer_set_links(&queue->ring, &queue->ring);
	return queue;
}

/*
 * The queue for a duration, if it has one or now gets one: when it comes for the second time
 * in a row at its place and the queue there is unused.
 */
static struct timer_queue *
queue_for(struct timers *timers, int64_t duration_ns)
{
	struct timer_duration *place = &timers->durations[lvn_timers_place(duration_ns)];
	bool is_second = place->duration_ns == duration_ns;

	if (LVN_LIKELY(place->queue && place->queue->duration_ns == duration_ns))
		return place->queue;
	place->duration_ns = duration_ns;
	if (!is_second || (place->queue && first_of(place->queue)))
		return NULL;
	if (!place->queue)
		place->queue = new_queue();
	if (place->queue)
		place->queue->duration_ns = duration_ns;
	return place->queue;
}

/* ---- events ---- */

/* Gives `ev` a new key and files it.  Returns 0, or -ENOMEM and has filed nothing. */
static int
file(struct timers *timers, struct event *ev, int64_t deadline_ns, int64_t duration_ns)
{
	struct timer_queue *queue = LVN_EVENT_IS_WIDE ? queue_for(timers, duration_ns) : NULL;

	lvn_timer_set_key(ev, (struct timer_key){deadline_ns, ++timers->last_sequence});
	if (queue && insert(timers, queue, ev))
		return 0;
	return lvn_timer_heap_push(&timers->heap, ev);
}

int
lvn_timers_add(struct timers *timers, struct event *ev, int64_t deadline_ns, int64_t duration_ns)
{
	int rc = file(timers, ev, deadline_ns, duration_ns);

	if (rc == 0)
		timers->count++;
	return rc;
}

int
lvn_timers_move_from_queue(
    struct timers *timers, struct event *ev, int64_t deadline_ns, int64_t duration_ns)
{
	struct event *previous = lvn_timer_link_previous(ev);
	struct event *next = lvn_timer_link_next(ev);
	struct timer_key old_key = lvn_timer_key(ev);
	int rc;

	lvn_timer_unlink(ev);
	rc = file(timers, ev, deadline_ns, duration_ns);
	if (rc < 0) {
		lvn_timer_set_key(ev, old_key);
		lvn_timer_set_links(previous, ev);
		lvn_timer_set_links(ev, next);
	}
	return rc;
}

/* Brings the handle to where the first event of its queue belongs, if there is one. */
static void
refile_handle(struct timers *timers, struct timer_queue *queue)
{
	struct event *first = first_of(queue);

	if (first) {
		lvn_timer_set_key(&queue->handle, lvn_timer_key(first));
		lvn_timer_heap_update(&timers->heap, &queue->handle);
	} else {
		lvn_timer_heap_remove(&timers->heap, &queue->handle);
		queue->is_filed = false;
	}
}

/*
 * The first event if it is due at until_ns, else NULL.  Files what is stale anew on the way;
 * NULL also if that would have taken too long.
 */
static struct event *
find_due(struct timers *timers, int64_t until_ns)
{
	const struct timer_slot *slot;

	while ((slot = lvn_timer_heap_first(&timers->heap)) && slot->filed_ns <= until_ns) {
		struct timer_queue *queue = queue_of_handle(slot->ev);

		if (queue) {
			struct event *first = first_of(queue);

			if (first && !lvn_timer_key_before(
					 lvn_timer_key(&queue->handle), lvn_timer_key(first)))
				return first;
			refile_handle(timers, queue);
			continue;
		}
		if (!lvn_timer_slot_is_stale(slot))
			return slot->ev;
		if (timers->refiles_left == 0) {
			timers->refiles_left = REFILED_AT_ONCE;
			return NULL;
		}
		timers->refiles_left--;
		lvn_timer_heap_update(&timers->heap, slot->ev);
	}
	return NULL;
}

bool
lvn_timers_next(struct timers *timers, int64_t *deadline_ns_out)
{
	if (timers->count == 0)
		return false;
	timers->refiles_left = REFILED_AT_ONCE;
	(void)find_due(timers, INT64_MAX);
	*deadline_ns_out = lvn_timer_heap_first(&timers->heap)->filed_ns;
	return true;
}

struct event *
lvn_timers_pop(struct timers *timers, int64_t now_ns)
{
	struct event *ev = find_due(timers, now_ns);

	if (!ev)
		return NULL;
	/* The next one was fetched when the one before this was popped. */
	if (lvn_timer_is_in_queue(ev))
		lvn_timer_prefetch(lvn_timer_link_next(lvn_timer_link_next(ev)));
	lvn_timers_remove(timers, ev);
	return ev;
}

int
lvn_timers_each(struct timers *timers, int (*visit)(struct event *ev, void *context), void *context)
{
	int rc = 0;

	for (size_t at = LVN_TIMER_HEAP_ROOT; at < timers->heap.end && rc == 0; at++) {
		struct event *ev = lvn_timer_heap_slot(&timers->heap, at)->ev;
		struct timer_queue *queue = queue_of_handle(ev);

		if (!queue) {
			rc = visit(ev, context);
			continue;
		}
		for (ev = first_of(queue); ev && ev != &queue->ring && rc == 0;
		     ev = lvn_timer_link_next(ev))
			rc = visit(ev, context);
	}
	return rc;
}
