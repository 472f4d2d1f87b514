/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_event_queue.h"

#include <errno.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/memory.h"

#define FIRST_CAPACITY 64

static bool
comes_before(const struct sim_event *a, const struct sim_event *b)
{
	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns;
	return a->sequence < b->sequence;
}

void
lvn_sim_event_queue_clear(struct sim_event_queue *queue)
{
	lvn_free(queue->slots);
	*queue = (struct sim_event_queue){0};
}

int
lvn_sim_event_queue_reserve(struct sim_event_queue *queue)
{
	size_t capacity = queue->capacity ? queue->capacity * 2 : FIRST_CAPACITY;
	struct sim_event *slots;

	if (queue->count < queue->capacity)
		return 0;
	if (capacity > SIZE_MAX / sizeof(*slots))
		return -ENOMEM;
	slots = lvn_realloc(queue->slots, capacity * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	queue->slots = slots;
	queue->capacity = capacity;
	return 0;
}

void
lvn_sim_event_queue_push(struct sim_event_queue *queue, struct sim_event event)
{
	struct sim_event *slots = queue->slots;
	size_t at = queue->count;

	LVN_ASSERT(queue->count < queue->capacity);
	queue->count++;
	event.sequence = queue->next_sequence++;
	while (at > 0 && comes_before(&event, &slots[(at - 1) / 2])) {
		slots[at] = slots[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	slots[at] = event;
}

const struct sim_event *
lvn_sim_event_queue_first(const struct sim_event_queue *queue)
{
	return queue->count > 0 ? &queue->slots[0] : NULL;
}

struct sim_event
lvn_sim_event_queue_pop(struct sim_event_queue *queue)
{
	struct sim_event *slots = queue->slots;
	struct sim_event first;
	struct sim_event last;
	size_t at = 0;
	size_t child;

	LVN_ASSERT(queue->count > 0);
	first = slots[0];
	last = slots[--queue->count];
	while ((child = 2 * at + 1) < queue->count) {
		if (child + 1 < queue->count && comes_before(&slots[child + 1], &slots[child]))
			child++;
		if (!comes_before(&slots[child], &last))
			break;
		slots[at] = slots[child];
		at = child;
	}
	slots[at] = last;
	return first;
}
