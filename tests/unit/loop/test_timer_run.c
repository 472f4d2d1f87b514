/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_run.h"

#include <string.h>

#include "unit/loop/timer_kit.h"

#define MOST 300

static struct event *events;
static struct timer_entry entries[MOST];
static struct timer_entry spare[MOST];

/* `different` deadlines among `count` events; the sequences are in random order too. */
static void
make_entries(size_t count, uint64_t different, uint64_t seed)
{
	uint64_t random = seed * 2 + 1;

	events = new_events(MOST);
	for (size_t i = 0; i < count; i++) {
		int64_t filed_ns = (int64_t)random_below(&random, different);

		set_key(&events[i], filed_ns, (timer_sequence)(i * 7 % 307));
		entries[i] = (struct timer_entry){filed_ns, &events[i]};
	}
}

static void
check_sorted(size_t count)
{
	bool seen[MOST] = {false};

	for (size_t i = 0; i < count; i++) {
		seen[entries[i].ev - events] = true;
		HOLDS(entries[i].filed_ns == lvn_timer_filed_ns(entries[i].ev));
		if (i > 0)
			HOLDS(lvn_timer_entry_before(&entries[i - 1], &entries[i]));
	}
	for (size_t i = 0; i < count; i++)
		HOLDS(seen[i]);
	free(events);
}

START_TEST(what_was_sorted_rises)
{
	make_entries((size_t)_i, 1 + (uint64_t)_i % 50 * 20, (uint64_t)_i);

	lvn_timer_run_sort(entries, spare, (size_t)_i);

	check_sorted((size_t)_i);
}
END_TEST

START_TEST(what_is_sorted_stays)
{
	make_entries(100, 50, 1);
	lvn_timer_run_sort(entries, spare, 100);
	memset(spare, 0xff, sizeof(spare));

	lvn_timer_run_sort(entries, spare, 100);

	check_sorted(100);
}
END_TEST

START_TEST(a_divided_run_has_the_earlier_half_first)
{
	size_t count = 1 + (size_t)_i;
	size_t middle = count / 2;

	make_entries(count, 1 + (uint64_t)_i % 7 * 30, (uint64_t)_i);

	lvn_timer_run_divide(entries, count, middle);

	for (size_t i = 0; i < count; i++) {
		if (i < middle)
			HOLDS(lvn_timer_entry_before(&entries[i], &entries[middle]));
		else
			HOLDS(!lvn_timer_entry_before(&entries[i], &entries[middle]));
	}
	lvn_timer_run_sort(entries, spare, count);
	check_sorted(count);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("timer_run");
	TCase *cases = tcase_create("run");

	tcase_set_timeout(cases, suite_patience(10));
	tcase_add_loop_test(cases, what_was_sorted_rises, 0, 150);
	tcase_add_test(cases, what_is_sorted_stays);
	tcase_add_loop_test(cases, a_divided_run_has_the_earlier_half_first, 0, 140);
	suite_add_tcase(suite, cases);
	return suite;
}
