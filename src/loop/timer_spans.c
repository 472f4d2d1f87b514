/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_spans.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"

/* Other threads may have read the clock a little earlier than the one that came before. */
#define STEPS_BACK 8

void
lvn_timer_spans_init(struct timer_spans *spans)
{
	spans->head_count = 0;
	spans->has_queues = false;
	lvn_timer_queue_init(&spans->rest, 0);
	memset(spans->slots, 0, sizeof(spans->slots));
}

void
lvn_timer_spans_clear(struct timer_spans *spans)
{
	for (size_t i = 0; spans->has_queues && i < LVN_TIMER_SPAN_SLOTS; i++)
		lvn_free(spans->slots[i].queue);
	lvn_timer_spans_init(spans);
}

static bool
head_before(const struct timer_head *left, const struct timer_head *right)
{
	return lvn_timer_before(left->key, right->key);
}

static void
put_head(struct timer_spans *spans, unsigned at, struct timer_head head)
{
	spans->heads[at] = head;
	head.queue->at = at + 1;
}

static void
lift_head(struct timer_spans *spans, unsigned at, struct timer_head head)
{
	while (at > 0 && head_before(&head, &spans->heads[(at - 1) / 2])) {
		put_head(spans, at, spans->heads[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put_head(spans, at, head);
}

static void
sink_head(struct timer_spans *spans, struct timer_head head)
{
	unsigned at = 0;

	for (;;) {
		unsigned child = 2 * at + 1;

		if (child + 1 < spans->head_count &&
		    head_before(&spans->heads[child + 1], &spans->heads[child]))
			child++;
		if (child >= spans->head_count || !head_before(&spans->heads[child], &head))
			break;
		put_head(spans, at, spans->heads[child]);
		at = child;
	}
	put_head(spans, at, head);
}

static void
drop_first_head(struct timer_spans *spans)
{
	spans->heads[0].queue->at = 0;
	spans->head_count--;
	if (spans->head_count > 0)
		sink_head(spans, spans->heads[spans->head_count]);
}

/* After `ev` has become the first of `queue`. */
static void
note_new_first(struct timer_spans *spans, struct timer_queue *queue, struct event *ev)
{
	struct timer_head head = {lvn_timer_key(ev), queue};

	if (queue->at == 0)
		lift_head(spans, spans->head_count++, head);
	else if (head_before(&head, &spans->heads[queue->at - 1]))
		lift_head(spans, queue->at - 1, head);
}

static size_t
slot_of(int64_t span_ns)
{
	return (size_t)(((uint64_t)span_ns * UINT64_C(0x9e3779b97f4a7c15)) >> 58) %
	       LVN_TIMER_SPAN_SLOTS;
}

/* 0 or -ENOMEM. */
static int
open_queue(struct timer_spans *spans, struct timer_span_slot *slot, int64_t span_ns)
{
	if (!slot->queue) {
		slot->queue = lvn_alloc(sizeof(*slot->queue));
		if (!slot->queue)
			return -ENOMEM;
		spans->has_queues = true;
		lvn_timer_queue_init(slot->queue, span_ns);
	}
	slot->queue->span_ns = span_ns;
	slot->span_ns = span_ns;
	return 0;
}

/* The slot's queue belongs to no span, or to one that neither uses it nor has it kept. */
static bool
is_free(const struct timer_span_slot *slot)
{
	return !slot->queue || (!slot->is_kept && !lvn_timer_queue_first(slot->queue));
}

/* The slot's span is another one, or has no queue yet. */
static struct timer_queue *
queue_of_new_span(struct timer_spans *spans, struct timer_span_slot *slot, int64_t span_ns)
{
	bool is_second = slot->span_ns == span_ns;

	slot->span_ns = span_ns;
	if (!is_second || !is_free(slot) || open_queue(spans, slot, span_ns) < 0)
		return NULL;
	return slot->queue;
}

bool
lvn_timer_spans_insert(struct timer_spans *spans, struct event *ev, int64_t span_ns)
{
	struct timer_span_slot *slot = &spans->slots[slot_of(span_ns)];
	struct timer_queue *queue = slot->queue;

	if (!queue || queue->span_ns != span_ns) {
		queue = queue_of_new_span(spans, slot, span_ns);
		if (!queue)
			return false;
	}
	if (LVN_UNLIKELY(!lvn_timer_queue_append(queue, ev)) &&
	    !lvn_timer_queue_insert(queue, ev, STEPS_BACK))
		return false;
	if (LVN_UNLIKELY(lvn_timer_queue_first(queue) == ev))
		note_new_first(spans, queue, ev);
	return true;
}

void
lvn_timer_spans_insert_rest(struct timer_spans *spans, struct event *ev)
{
	lvn_timer_queue_insert(&spans->rest, ev, SIZE_MAX);
	if (lvn_timer_queue_first(&spans->rest) == ev)
		note_new_first(spans, &spans->rest, ev);
}

int
lvn_timer_spans_expect(struct timer_spans *spans, int64_t span_ns)
{
	struct timer_span_slot *slot = &spans->slots[slot_of(span_ns)];

	if (slot->queue && slot->queue->span_ns == span_ns) {
		slot->is_kept = true;
		return 0;
	}
	if (!is_free(slot))
		return 0;
	if (open_queue(spans, slot, span_ns) < 0)
		return -ENOMEM;
	slot->is_kept = true;
	return 0;
}

struct event *
lvn_timer_spans_first(struct timer_spans *spans)
{
	while (spans->head_count > 0) {
		struct timer_head *first = &spans->heads[0];
		struct event *ev = lvn_timer_queue_first(first->queue);
		struct timer_head head;

		if (!ev) {
			drop_first_head(spans);
			continue;
		}
		head = (struct timer_head){lvn_timer_key(ev), first->queue};
		if (!head_before(first, &head))
			return ev;
		sink_head(spans, head);
	}
	return NULL;
}

int
lvn_timer_spans_each(
    const struct timer_spans *spans, int (*visit)(struct event *ev, void *context), void *context)
{
	int rc = 0;

	for (size_t i = 0; i < spans->head_count && rc == 0; i++)
		rc = lvn_timer_queue_each(spans->heads[i].queue, visit, context);
	return rc;
}
