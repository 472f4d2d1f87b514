/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timers/timer_heap.h"

#include <errno.h>

#include "unit/loop/timers/timer_kit.h"

static struct timer_heap heap;
static struct failing_allocations failing;

static void
set_up(void)
{
	lvn_timer_heap_init(&heap);
}

static void
tear_down(void)
{
	lvn_memory_set_fault(NULL, NULL);
	lvn_timer_heap_clear(&heap);
}

static void
push(struct event *ev, int64_t deadline_ns, timer_sequence sequence)
{
	set_key(ev, deadline_ns, sequence);
	HOLDS(lvn_timer_heap_push(&heap, ev) == 0);
}

static struct event *
take_first(void)
{
	struct event *ev = lvn_timer_heap_first(&heap)->ev;

	lvn_timer_heap_remove(&heap, ev);
	return ev;
}

TEST_FIXTURE(set_up, tear_down);

TEST(timer_heap__empty)
{
	ck_assert_ptr_null(lvn_timer_heap_first(&heap));
	ck_assert_uint_eq(events_in_heap(&heap), 0);
}

TEST(timer_heap__first_is_the_earliest)
{
	enum { COUNT = 3000 };
	struct event *events = new_events(COUNT);

	for (int i = 0; i < COUNT; i++)
		push(&events[i], i * 7919 % COUNT, (timer_sequence)i);
	check_heap(&heap);

	for (int i = 0; i < COUNT; i++) {
		HOLDS(lvn_timer_heap_first(&heap)->filed_ns == i);
		HOLDS(lvn_event_deadline(take_first()) == i);
	}
	ck_assert_uint_eq(events_in_heap(&heap), 0);
	free(events);
}

TEST(timer_heap__equal_deadlines_are_in_order_of_sequence)
{
	enum { COUNT = 300 };
	struct event *events = new_events(COUNT);

	for (int i = 0; i < COUNT; i++)
		push(&events[i * 7 % COUNT], 5, (timer_sequence)(i * 7 % COUNT));

	for (int i = 0; i < COUNT; i++)
		HOLDS(take_first() == &events[i]);
	free(events);
}

TEST(timer_heap_remove__any_position)
{
	enum { COUNT = 600 };
	struct event *events = new_events(COUNT);

	for (int i = 0; i < COUNT; i++)
		push(&events[i], i * 7919 % COUNT, (timer_sequence)i);
	for (int i = 0; i < COUNT; i += 2) {
		lvn_timer_heap_remove(&heap, &events[i]);
		check_heap(&heap);
	}

	ck_assert_uint_eq(events_in_heap(&heap), COUNT / 2);
	for (int64_t last_ns = -1; events_in_heap(&heap) > 0;) {
		struct event *ev = take_first();

		HOLDS(lvn_event_deadline(ev) > last_ns);
		HOLDS((ev - events) % 2 == 1);
		last_ns = lvn_event_deadline(ev);
	}
	free(events);
}

TEST(timer_heap_update__earlier_and_later)
{
	struct event *events = new_events(100);

	for (int i = 0; i < 100; i++)
		push(&events[i], 100 + i, (timer_sequence)i);
	set_key(&events[80], 50, 100);
	lvn_timer_heap_update(&heap, &events[80]);
	ck_assert_ptr_eq(lvn_timer_heap_first(&heap)->ev, &events[80]);
	set_key(&events[80], 500, 101);
	lvn_timer_heap_update(&heap, &events[80]);
	check_heap(&heap);

	for (int i = 0; i < 100; i++)
		if (i != 80)
			HOLDS(take_first() == &events[i]);
	ck_assert_ptr_eq(take_first(), &events[80]);
	free(events);
}

TEST(timer_heap__a_key_changed_alone_makes_an_event_stale)
{
	struct event *ev = new_events(1);

	push(ev, 100, 1);
	ck_assert(!lvn_timer_slot_is_stale(lvn_timer_heap_first(&heap)));
	set_key(ev, 100, 2);
	ck_assert(lvn_timer_slot_is_stale(lvn_timer_heap_first(&heap)));
	set_key(ev, 200, 3);
	ck_assert(lvn_timer_slot_is_stale(lvn_timer_heap_first(&heap)));
	ck_assert_int_eq(lvn_timer_heap_filed_ns(&heap, ev), 100);
	check_heap(&heap);

	lvn_timer_heap_update(&heap, ev);
	ck_assert(!lvn_timer_slot_is_stale(lvn_timer_heap_first(&heap)));
	ck_assert_int_eq(lvn_timer_heap_filed_ns(&heap, ev), 200);
	free(ev);
}

/* A stale event has a later sequence than the one it was filed under, which orders it. */
TEST(timer_heap__stale_events_do_not_disturb_ties)
{
	struct event *events = new_events(40);

	for (int i = 0; i < 40; i++)
		push(&events[i], 10, (timer_sequence)i);
	for (int i = 0; i < 40; i += 3)
		set_key(&events[i], 10, (timer_sequence)(100 + i));
	check_heap(&heap);
	for (int left = 14; left > 0;) {
		struct event *ev = lvn_timer_heap_first(&heap)->ev;

		if (!lvn_timer_slot_is_stale(lvn_timer_heap_first(&heap))) {
			lvn_timer_heap_remove(&heap, ev);
			HOLDS((ev - events) % 3 != 0);
			continue;
		}
		lvn_timer_heap_update(&heap, ev);
		check_heap(&heap);
		left--;
	}

	for (int64_t last = -1; events_in_heap(&heap) > 0;) {
		int64_t sequence = (int64_t)lvn_timer_sequence(take_first());

		HOLDS(sequence > last);
		last = sequence;
	}
	free(events);
}

TEST(timer_heap__children_share_a_cache_line)
{
	enum { COUNT = 9000 };
	struct event *events = new_events(COUNT);

	for (int i = 0; i < COUNT; i++)
		push(&events[i], i, (timer_sequence)i);

	for (size_t first = 4; first + 4 <= heap.end; first += 4)
		HOLDS(sizeof(struct timer_slot) != 16 ||
		      (uintptr_t)lvn_timer_heap_slot(&heap, first) % 64 == 0);
	free(events);
}

TEST(timer_heap_push__each_allocation_may_fail)
{
	enum { COUNT = 20000 };
	struct event *events = new_events(COUNT);
	unsigned failures = 0;
	unsigned long asked;

	for (int i = 0; i < COUNT; i++) {
		set_key(&events[i], -i, (timer_sequence)i);
		asked = failing.asked = 0;
		lvn_memory_set_fault(fails_after_some, &failing);
		if (lvn_timer_heap_push(&heap, &events[i]) == 0)
			continue;
		failures++;
		HOLDS(failing.asked > asked);
		HOLDS(events_in_heap(&heap) == (size_t)i);
		check_heap(&heap);
		HOLDS(lvn_timer_heap_push(&heap, &events[i]) == -ENOMEM);
		lvn_memory_set_fault(NULL, NULL);
		HOLDS(lvn_timer_heap_push(&heap, &events[i]) == 0);
	}

	ck_assert_uint_eq(failures, COUNT / LVN_TIMER_HEAP_BLOCK + 1);
	lvn_memory_set_fault(NULL, NULL);
	check_heap(&heap);
	free(events);
}

TEST(timer_heap__first_allocations_fail_one_by_one)
{
	struct event *ev = new_events(1);

	set_key(ev, 1, 1);
	for (unsigned long passing = 0; passing < 2; passing++) {
		failing = (struct failing_allocations){.passing = passing};
		lvn_memory_set_fault(fails_after_some, &failing);
		ck_assert_int_eq(lvn_timer_heap_push(&heap, ev), -ENOMEM);
		lvn_memory_set_fault(NULL, NULL);
		ck_assert_ptr_null(lvn_timer_heap_first(&heap));
	}

	ck_assert_int_eq(lvn_timer_heap_push(&heap, ev), 0);
	ck_assert_ptr_eq(lvn_timer_heap_first(&heap)->ev, ev);
	free(ev);
}

TEST(timer_heap__grows_and_shrinks_by_blocks)
{
	enum { COUNT = 50000 };
	struct event *events = new_events(COUNT);

	lvn_memory_set_functions(counting_alloc, counting_realloc, counting_free);
	for (int i = 0; i < COUNT; i++)
		push(&events[i], i * 7919 % COUNT, (timer_sequence)i);
	/* Nothing that is copied as a whole grows with the number of events. */
	ck_assert_uint_le(counted.largest, LVN_TIMER_HEAP_BLOCK * sizeof(struct timer_slot) + 64);
	ck_assert_uint_ge(counted.blocks, COUNT / LVN_TIMER_HEAP_BLOCK);
	for (int i = 0; i < COUNT; i++)
		lvn_timer_heap_remove(&heap, &events[i]);

	ck_assert_uint_le(counted.blocks, 3);
	lvn_timer_heap_clear(&heap);
	ck_assert_uint_eq(counted.blocks, 0);
	free(events);
}

TEST(timer_heap__events_that_come_and_go_at_a_block_s_end_allocate_nothing)
{
	struct event *events = new_events(2 * LVN_TIMER_HEAP_BLOCK);
	int count = 0;

	for (; heap.end < 2 * LVN_TIMER_HEAP_BLOCK; count++)
		push(&events[count], count, (timer_sequence)count);
	push(&events[count], count, (timer_sequence)count);
	failing = (struct failing_allocations){0};
	lvn_memory_set_fault(fails_after_some, &failing);
	for (int i = 0; i < 10; i++) {
		lvn_timer_heap_remove(&heap, &events[count]);
		HOLDS(lvn_timer_heap_push(&heap, &events[count]) == 0);
	}

	ck_assert_uint_eq(failing.asked, 0);
	free(events);
}
