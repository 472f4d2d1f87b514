/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which durations have a queue of their own, and what is filed there.
 */
#include "loop/timers/timers.h"

#include "unit/loop/timers/timer_kit.h"

#if LVN_EVENT_IS_WIDE

#define SECOND INT64_C(1000000000)

static struct timers timers;
static struct failing_allocations failing;

static void
set_up(void)
{
	lvn_timers_init(&timers);
}

static void
tear_down(void)
{
	lvn_memory_set_fault(NULL, NULL);
	lvn_timers_clear(&timers);
}

TEST_FIXTURE(set_up, tear_down);

static bool
is_queued(struct event *ev, int64_t deadline_ns, int64_t duration_ns)
{
	ck_assert_int_eq(lvn_timers_add(&timers, ev, deadline_ns, duration_ns), 0);
	check_timers(&timers);
	return lvn_timer_is_in_queue(ev);
}

/* The duration has been seen once. */
static void
open_queue(int64_t duration_ns)
{
	struct event *ev = new_events(1);

	ck_assert(!is_queued(ev, 0, duration_ns));
	lvn_timers_remove(&timers, ev);
	free(ev);
}

TEST(timers_add__a_duration_has_a_queue_from_the_second_time_on)
{
	struct event *events = new_events(3);

	ck_assert(!is_queued(&events[0], SECOND, SECOND));
	ck_assert(is_queued(&events[1], SECOND, SECOND));
	ck_assert(is_queued(&events[2], SECOND, SECOND));

	for (int i = 0; i < 3; i++)
		ck_assert_ptr_eq(lvn_timers_pop(&timers, SECOND), &events[i]);
	free(events);
}

TEST(timers_add__to_a_queue_a_little_before_the_last)
{
	struct event *events = new_events(12);

	open_queue(SECOND);
	for (int i = 0; i < 10; i++)
		ck_assert(is_queued(&events[i], 100 + i, SECOND));

	ck_assert(is_queued(&events[10], 104, SECOND));
	ck_assert(!is_queued(&events[11], 100, SECOND));
	ck_assert_ptr_eq(lvn_timers_pop(&timers, 100), &events[0]);
	ck_assert_ptr_eq(lvn_timers_pop(&timers, 100), &events[11]);
	for (int i = 1; i < 5; i++)
		ck_assert_ptr_eq(lvn_timers_pop(&timers, 104), &events[i]);
	ck_assert_ptr_eq(lvn_timers_pop(&timers, 104), &events[10]);
	ck_assert_ptr_eq(lvn_timers_pop(&timers, 105), &events[5]);
	free(events);
}

TEST(timers_add__to_a_queue_before_the_first)
{
	struct event *events = new_events(3);

	open_queue(SECOND);
	open_queue(2 * SECOND);
	ck_assert(is_queued(&events[0], 100, SECOND));
	ck_assert(is_queued(&events[1], 95, 2 * SECOND));
	ck_assert(is_queued(&events[2], 90, SECOND));

	ck_assert_ptr_eq(lvn_timers_pop(&timers, 100), &events[2]);
	ck_assert_ptr_eq(lvn_timers_pop(&timers, 100), &events[1]);
	ck_assert_ptr_eq(lvn_timers_pop(&timers, 100), &events[0]);
	free(events);
}

TEST(timers_add__to_a_queue_that_was_emptied)
{
	struct event *events = new_events(2);

	open_queue(SECOND);
	for (int round = 0; round < 5; round++) {
		ck_assert(is_queued(&events[0], 100 + round, SECOND));
		lvn_timers_remove(&timers, &events[0]);
		ck_assert(is_queued(&events[1], 101 + round, SECOND));
		ck_assert_ptr_eq(lvn_timers_pop(&timers, 200), &events[1]);
		ck_assert_ptr_null(lvn_timers_pop(&timers, 200));
		check_timers(&timers);
	}
	free(events);
}

/* A second duration at the same place of the table. */
static int64_t
duration_at_the_place_of(int64_t duration_ns)
{
	int64_t other_ns = duration_ns + 1;

	while (lvn_timers_place(other_ns) != lvn_timers_place(duration_ns))
		other_ns++;
	return other_ns;
}

TEST(timers_add__a_place_serves_one_duration_at_a_time)
{
	int64_t other_ns = duration_at_the_place_of(SECOND);
	struct event *events = new_events(4);

	open_queue(SECOND);
	ck_assert(is_queued(&events[0], SECOND, SECOND));
	ck_assert(!is_queued(&events[1], other_ns, other_ns));
	ck_assert(!is_queued(&events[2], other_ns, other_ns));

	ck_assert_ptr_eq(lvn_timers_pop(&timers, SECOND), &events[0]);
	ck_assert(is_queued(&events[3], other_ns, other_ns));
	free(events);
}

TEST(timers_place__usual_durations_have_places_of_their_own)
{
	static const int seconds[] = {1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 300};
	bool is_taken[LVN_TIMER_QUEUES] = {false};

	for (size_t i = 0; i < LVN_COUNT_OF(seconds); i++) {
		size_t place = lvn_timers_place(seconds[i] * SECOND);

		ck_assert_msg(!is_taken[place], "%d s", seconds[i]);
		is_taken[place] = true;
	}
}

TEST(timers_add__without_memory_for_a_queue)
{
	struct event *events = new_events(2);

	ck_assert(!is_queued(&events[0], SECOND, SECOND));
	failing = (struct failing_allocations){0};
	lvn_memory_set_fault(fails_after_some, &failing);
	ck_assert(!is_queued(&events[1], SECOND, SECOND));

	ck_assert_uint_eq(failing.asked, 1);
	ck_assert_ptr_eq(lvn_timers_pop(&timers, SECOND), &events[0]);
	ck_assert_ptr_eq(lvn_timers_pop(&timers, SECOND), &events[1]);
	free(events);
}

#else

TEST(timers_add__without_queues_where_pointers_have_32_bits)
{
	struct event *ev = new_events(1);

	/* Whatever a link would look like, no event counts as one in a queue. */
	lvn_timer_set_word(ev, 0, 0);
	ck_assert(!lvn_timer_is_in_queue(ev));
	free(ev);
}

#endif
