/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_front.h"

#include "unit/loop/timer_kit.h"

static struct timer_front front;
static struct event *events;
static timer_sequence last_sequence;

static void
set_up(void)
{
	front.begin = front.end = 0;
	last_sequence = 0;
	events = new_events(LVN_TIMER_FRONT_CAPACITY);
}

static void
tear_down(void)
{
	free(events);
}

static void
insert(unsigned at, int64_t deadline_ns)
{
	set_key(&events[at], deadline_ns, ++last_sequence);
	lvn_timer_front_insert(&front, &events[at]);
	check_front(&front);
}

static unsigned
pop(void)
{
	struct event *ev = lvn_timer_front_first(&front)->ev;

	lvn_timer_front_drop_first(&front);
	return (unsigned)(ev - events);
}

START_TEST(it_takes_as_many_as_it_says)
{
	uint64_t random = 1 + (uint64_t)_i;

	for (unsigned i = 0; i < LVN_TIMER_FRONT_CAPACITY; i++) {
		HOLDS(!lvn_timer_front_is_full(&front));
		insert(i, (int64_t)random_below(&random, 100));
	}

	ck_assert(lvn_timer_front_is_full(&front));
	ck_assert_uint_eq(lvn_timer_front_count(&front), LVN_TIMER_FRONT_CAPACITY);
}
END_TEST

START_TEST(adding_and_removing_in_any_order_keeps_it_sorted)
{
	bool is_in[LVN_TIMER_FRONT_CAPACITY] = {false};
	uint64_t random = 77 + (uint64_t)_i;
	unsigned count = 0;

	for (unsigned step = 0; step < 3000; step++) {
		unsigned at = (unsigned)random_below(&random, LVN_TIMER_FRONT_CAPACITY);

		if (count > 0 && random_below(&random, 5) == 0) {
			is_in[pop()] = false;
			count--;
		} else if (is_in[at]) {
			lvn_timer_front_remove(&front, &events[at]);
			is_in[at] = false;
			count--;
		} else {
			insert(at, (int64_t)random_below(&random, 1 + (uint64_t)_i * 50));
			is_in[at] = true;
			count++;
		}
		check_front(&front);
		HOLDS(lvn_timer_front_count(&front) == count);
	}
}
END_TEST

START_TEST(ties_stand_in_order_of_sequence_however_they_come)
{
	set_key(&events[0], 5, 1);
	set_key(&events[1], 5, 2);
	set_key(&events[2], 5, 3);
	lvn_timer_front_insert(&front, &events[2]);
	lvn_timer_front_insert(&front, &events[0]);
	lvn_timer_front_insert(&front, &events[1]);

	ck_assert_uint_eq(pop(), 0);
	ck_assert_uint_eq(pop(), 1);
	ck_assert_uint_eq(pop(), 2);
}
END_TEST

#if LVN_EVENT_IS_WIDE
START_TEST(a_stale_one_does_not_disturb_the_order_of_ties)
{
	insert(0, 5);
	insert(1, 5);
	insert(2, 5);
	lvn_event_set_deadline(&events[1], 9);
	lvn_timer_set_sequence(&events[1], 100);
	set_key(&events[3], 5, 50);
	lvn_timer_front_insert(&front, &events[3]);
	set_key(&events[4], 5, 0);
	lvn_timer_front_insert(&front, &events[4]);

	check_front(&front);
	lvn_timer_front_remove(&front, &events[1]);
	ck_assert_uint_eq(pop(), 4);
	ck_assert_uint_eq(pop(), 0);
	ck_assert_uint_eq(pop(), 2);
	ck_assert_uint_eq(pop(), 3);
}
END_TEST
#endif

START_TEST(it_is_filled_with_what_is_not_sorted)
{
	struct timer_entry entries[100];
	struct timer_entry spare[100];

	for (int i = 0; i < 100; i++) {
		set_key(&events[i], i * 37 % 50, (timer_sequence)i);
		entries[i] = (struct timer_entry){i * 37 % 50, &events[i]};
	}

	lvn_timer_front_fill(&front, entries, spare, 100);

	check_front(&front);
	ck_assert_uint_eq(lvn_timer_front_count(&front), 100);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("timer_front");
	TCase *cases = tcase_create("front");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_set_timeout(cases, suite_patience(10));
	tcase_add_loop_test(cases, it_takes_as_many_as_it_says, 0, 3);
	tcase_add_loop_test(cases, adding_and_removing_in_any_order_keeps_it_sorted, 0, 5);
	tcase_add_test(cases, ties_stand_in_order_of_sequence_however_they_come);
#if LVN_EVENT_IS_WIDE
	tcase_add_test(cases, a_stale_one_does_not_disturb_the_order_of_ties);
#endif
	tcase_add_test(cases, it_is_filled_with_what_is_not_sorted);
	suite_add_tcase(suite, cases);
	return suite;
}
