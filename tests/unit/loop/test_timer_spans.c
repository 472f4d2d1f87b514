/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_spans.h"

#include <errno.h>

#include "unit/loop/timer_kit.h"

/* As for the queues: only there. */
#if LVN_EVENT_IS_WIDE

static struct timer_spans spans;
static struct event *events;
static unsigned added;

static void
set_up(void)
{
	lvn_timer_spans_init(&spans);
	events = new_events(3000);
	added = 0;
}

static void
tear_down(void)
{
	lvn_memory_set_fault(NULL, NULL);
	lvn_timer_spans_clear(&spans);
	free(events);
}

static struct event *
next_event(int64_t deadline_ns)
{
	struct event *ev = &events[added++];

	lvn_event_set_deadline(ev, deadline_ns);
	lvn_timer_set_sequence(ev, added);
	return ev;
}

static bool
insert(int64_t deadline_ns, int64_t span_ns)
{
	bool done = lvn_timer_spans_insert(&spans, next_event(deadline_ns), span_ns);

	check_spans(&spans);
	return done;
}

START_TEST(a_duration_gets_a_queue_when_it_comes_again)
{
	ck_assert(!insert(100, 55));
	ck_assert(insert(101, 55));
	ck_assert(insert(102, 55));

	ck_assert_ptr_eq(lvn_timer_spans_first(&spans), &events[1]);
}
END_TEST

START_TEST(durations_that_never_come_again_get_no_queue)
{
	for (int64_t i = 1; i <= 2000; i++)
		HOLDS(!insert(i, 1000 + i));

	ck_assert_ptr_null(lvn_timer_spans_first(&spans));
}
END_TEST

START_TEST(an_expected_duration_has_its_queue_at_once)
{
	ck_assert_int_eq(lvn_timer_spans_expect(&spans, 55), 0);
	ck_assert_int_eq(lvn_timer_spans_expect(&spans, 55), 0);

	ck_assert(insert(100, 55));
}
END_TEST

START_TEST(a_duration_opened_by_use_can_be_kept)
{
	insert(100, 55);
	insert(101, 55);
	ck_assert_int_eq(lvn_timer_spans_expect(&spans, 55), 0);
	lvn_timer_queue_remove(&events[1]);

	/* All others have tried to get its empty queue. */
	for (int64_t i = 0; i < 500; i++) {
		insert(200 + i, 1000 + i);
		insert(200 + i, 1000 + i);
	}
	ck_assert(insert(1000, 55));
}
END_TEST

START_TEST(an_empty_queue_goes_to_a_duration_in_use)
{
	unsigned queued = 0;

	for (int64_t i = 0; i < 500; i++) {
		insert(i, 1000 + i);
		if (insert(i, 1000 + i)) {
			queued++;
			lvn_timer_queue_remove(&events[added - 1]);
		}
	}

	ck_assert_uint_eq(queued, 500);
	ck_assert_ptr_null(lvn_timer_spans_first(&spans));
	ck_assert_uint_eq(spans.head_count, 0);
}
END_TEST

START_TEST(a_queue_in_use_is_not_taken_away)
{
	unsigned queued = 0;

	for (int64_t i = 0; i < 500; i++) {
		insert(i, 1000 + i);
		queued += insert(i, 1000 + i);
	}

	ck_assert_uint_le(queued, LVN_TIMER_SPAN_SLOTS);
	ck_assert_uint_gt(queued, LVN_TIMER_SPAN_SLOTS / 2);
	ck_assert_int_eq(lvn_timer_spans_expect(&spans, 99), 0);
}
END_TEST

START_TEST(without_memory_there_is_no_queue)
{
	struct failing_allocations failing = {0};

	lvn_memory_set_fault(fails_after_some, &failing);
	ck_assert(!insert(100, 55));
	ck_assert(!insert(100, 55));
	ck_assert_int_eq(lvn_timer_spans_expect(&spans, 55), -ENOMEM);
	ck_assert_uint_eq(failing.asked, 2);
	lvn_memory_set_fault(NULL, NULL);

	ck_assert(insert(101, 55));
}
END_TEST

START_TEST(the_first_of_all_queues_is_the_earliest)
{
	static const int64_t kinds[] = {5, 11, 17, 23, 60, 75};
	uint64_t random = 4 + (uint64_t)_i;
	int64_t now_ns = 0;
	struct event *last = NULL;
	unsigned seen = 0;
	unsigned filed = 0;

	for (int i = 0; i < 6; i++)
		lvn_timer_spans_expect(&spans, kinds[i]);
	for (int i = 0; i < 2900; i++) {
		int64_t span_ns = kinds[random_below(&random, 6)];

		now_ns += (int64_t)random_below(&random, 3);
		filed += insert(now_ns + span_ns, span_ns);
		if (random_below(&random, 8) == 0) {
			struct event *ev = next_event(now_ns + (int64_t)random_below(&random, 80));

			lvn_timer_spans_insert_rest(&spans, ev);
			check_spans(&spans);
			filed++;
			i++;
		}
	}
	for (struct event *ev; (ev = lvn_timer_spans_first(&spans)); last = ev) {
		HOLDS(!last || lvn_timer_before(lvn_timer_key(last), lvn_timer_key(ev)));
		lvn_timer_queue_remove(ev);
		seen++;
		if (seen % 64 == 0)
			check_spans(&spans);
	}

	ck_assert_uint_eq(seen, filed);
}
END_TEST

START_TEST(a_clock_read_late_files_before_the_last)
{
	lvn_timer_spans_expect(&spans, 55);
	insert(105, 55);
	ck_assert(insert(103, 55));
	ck_assert_ptr_eq(lvn_timer_spans_first(&spans), &events[1]);
	for (int64_t i = 0; i < 20; i++)
		insert(200 + i, 55);

	ck_assert(!insert(150, 55));
	ck_assert(insert(215, 55));
}
END_TEST

static int
count_all(struct event *ev, void *context)
{
	(void)ev;
	++*(int *)context;
	return 0;
}

START_TEST(each_visits_the_rest_too)
{
	int calls = 0;

	lvn_timer_spans_expect(&spans, 55);
	insert(100, 55);
	lvn_timer_spans_insert_rest(&spans, next_event(3));

	ck_assert_int_eq(lvn_timer_spans_each(&spans, count_all, &calls), 0);
	ck_assert_int_eq(calls, 2);
}
END_TEST

#else

#include "loop/timers.h"

START_TEST(without_room_for_links_no_duration_has_a_queue)
{
	static struct timers timers;
	struct event *events = new_events(3);

	lvn_timers_init(&timers);
	ck_assert_int_eq(lvn_timers_expect(&timers, 7), 0);
	for (int i = 0; i < 3; i++)
		HOLDS(lvn_timers_add(&timers, &events[i], i, 7) == 0);

	ck_assert_ptr_null(lvn_timer_spans_first(&timers.spans));
	ck_assert_uint_eq(lvn_timer_front_count(&timers.front), 3);
	lvn_timers_clear(&timers);
	free(events);
}
END_TEST

#endif

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("timer_spans");
	TCase *cases = tcase_create("spans");

#if LVN_EVENT_IS_WIDE
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_set_timeout(cases, suite_patience(10));
	tcase_add_test(cases, a_duration_gets_a_queue_when_it_comes_again);
	tcase_add_test(cases, durations_that_never_come_again_get_no_queue);
	tcase_add_test(cases, an_expected_duration_has_its_queue_at_once);
	tcase_add_test(cases, a_duration_opened_by_use_can_be_kept);
	tcase_add_test(cases, an_empty_queue_goes_to_a_duration_in_use);
	tcase_add_test(cases, a_queue_in_use_is_not_taken_away);
	tcase_add_test(cases, without_memory_there_is_no_queue);
	tcase_add_loop_test(cases, the_first_of_all_queues_is_the_earliest, 0, 3);
	tcase_add_test(cases, a_clock_read_late_files_before_the_last);
	tcase_add_test(cases, each_visits_the_rest_too);
#else
	tcase_add_test(cases, without_room_for_links_no_duration_has_a_queue);
#endif
	suite_add_tcase(suite, cases);
	return suite;
}
