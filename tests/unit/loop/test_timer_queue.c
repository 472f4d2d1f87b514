/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_queue.h"

#include "unit/loop/timer_kit.h"

/* Where an event has room for two links only if sequences have a place of their own. */
#if LVN_EVENT_IS_WIDE

static struct timer_queue queue;
static struct event *events;

static void
set_up(void)
{
	lvn_timer_queue_init(&queue, 7);
	events = new_events(100);
}

static void
tear_down(void)
{
	free(events);
}

static bool
insert(unsigned at, int64_t deadline_ns, size_t steps)
{
	bool done;

	lvn_event_set_deadline(&events[at], deadline_ns);
	lvn_timer_set_sequence(&events[at], at);
	done = lvn_timer_queue_insert(&queue, &events[at], steps);
	check_queue(&queue);
	return done;
}

START_TEST(an_empty_queue_has_no_first)
{
	ck_assert_ptr_null(lvn_timer_queue_first(&queue));
	ck_assert_int_eq(queue.span_ns, 7);
}
END_TEST

START_TEST(what_is_added_later_comes_later)
{
	for (unsigned i = 0; i < 100; i++)
		HOLDS(insert(i, i / 3, 0));

	for (unsigned i = 0; i < 100; i++) {
		HOLDS(lvn_timer_queue_first(&queue) == &events[i]);
		lvn_timer_queue_remove(&events[i]);
	}
	ck_assert_ptr_null(lvn_timer_queue_first(&queue));
}
END_TEST

START_TEST(only_what_belongs_there_is_appended)
{
	set_key(&events[0], 10, 5);
	set_key(&events[1], 10, 6);
	set_key(&events[2], 10, 5);
	set_key(&events[3], 9, 7);

	ck_assert(lvn_timer_queue_append(&queue, &events[0]));
	ck_assert(lvn_timer_queue_append(&queue, &events[1]));
	ck_assert(!lvn_timer_queue_append(&queue, &events[2]));
	ck_assert(!lvn_timer_queue_append(&queue, &events[3]));

	check_queue(&queue);
	ck_assert_ptr_eq(lvn_timer_queue_first(&queue), &events[0]);
	ck_assert_ptr_eq(lvn_timer_link_previous(&queue.ring), &events[1]);
}
END_TEST

START_TEST(an_earlier_one_finds_its_place_within_some_steps)
{
	for (unsigned i = 0; i < 10; i++)
		insert(i, 10 * i, 0);

	ck_assert(!insert(20, 65, 2));
	ck_assert(insert(20, 65, 3));
	ck_assert(!insert(21, -5, 10));
	ck_assert(insert(21, -5, 11));

	ck_assert_ptr_eq(lvn_timer_queue_first(&queue), &events[21]);
	ck_assert_ptr_eq(lvn_timer_link_next(&events[6]), &events[20]);
}
END_TEST

START_TEST(any_one_may_be_removed)
{
	for (unsigned i = 0; i < 10; i++)
		insert(i, i, 0);

	lvn_timer_queue_remove(&events[0]);
	lvn_timer_queue_remove(&events[9]);
	lvn_timer_queue_remove(&events[5]);

	check_queue(&queue);
	ck_assert_ptr_eq(lvn_timer_queue_first(&queue), &events[1]);
	ck_assert_ptr_eq(lvn_timer_link_next(&events[4]), &events[6]);
	ck_assert_ptr_eq(lvn_timer_link_previous(&queue.ring), &events[8]);
}
END_TEST

static int
count_three(struct event *ev, void *context)
{
	int *calls = context;

	(void)ev;
	return ++*calls == 3 ? 9 : 0;
}

START_TEST(a_visit_can_be_stopped)
{
	int calls = 0;

	for (unsigned i = 0; i < 10; i++)
		insert(i, i, 0);

	ck_assert_int_eq(lvn_timer_queue_each(&queue, count_three, &calls), 9);
	ck_assert_int_eq(calls, 3);
}
END_TEST

#else

#include "loop/timers.h"

START_TEST(without_room_for_links_no_event_is_queued)
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
	Suite *suite = suite_create("timer_queue");
	TCase *cases = tcase_create("queue");

#if LVN_EVENT_IS_WIDE
	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, an_empty_queue_has_no_first);
	tcase_add_test(cases, what_is_added_later_comes_later);
	tcase_add_test(cases, only_what_belongs_there_is_appended);
	tcase_add_test(cases, an_earlier_one_finds_its_place_within_some_steps);
	tcase_add_test(cases, any_one_may_be_removed);
	tcase_add_test(cases, a_visit_can_be_stopped);
#else
	tcase_add_test(cases, without_room_for_links_no_event_is_queued);
#endif
	suite_add_tcase(suite, cases);
	return suite;
}
