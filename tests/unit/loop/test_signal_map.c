/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "loop/signal_map.h"
#include "support/suite.h"

static void *
no_memory(size_t size)
{
	(void)size;
	return NULL;
}

START_TEST(an_unopened_map_holds_nothing)
{
	struct signal_map map = {NULL};

	ck_assert_ptr_null(lvn_signal_map_first(&map, SIGUSR1));
	ck_assert_int_eq(lvn_signal_map_each(&map, NULL, NULL), 0);
	lvn_memory_set_functions(no_memory, NULL, NULL);
	ck_assert_int_eq(lvn_signal_map_open(&map), -ENOMEM);
	lvn_memory_set_functions(NULL, NULL, NULL);
	ck_assert_int_eq(lvn_signal_map_open(&map), 0);
	ck_assert_int_eq(lvn_signal_map_open(&map), 0);
	lvn_signal_map_clear(&map);
}
END_TEST

START_TEST(events_of_a_signal_stand_newest_first)
{
	struct signal_map map = {NULL};
	struct event events[3] = {{.ev_fd = SIGUSR1}, {.ev_fd = SIGUSR1}, {.ev_fd = SIGUSR1}};

	lvn_signal_map_open(&map);
	for (int i = 0; i < 3; i++) {
		lvn_signal_map_add(&map, &events[i]);
		ck_assert_ptr_eq(lvn_signal_map_first(&map, SIGUSR1), &events[i]);
	}
	ck_assert_ptr_null(lvn_signal_map_first(&map, SIGUSR2));
	ck_assert_ptr_null(lvn_signal_map_first(&map, -1));
	ck_assert_ptr_null(lvn_signal_map_first(&map, NSIG));

	lvn_signal_map_del(&map, &events[1]);
	lvn_signal_map_del(&map, &events[2]);
	ck_assert_ptr_eq(lvn_signal_map_first(&map, SIGUSR1), &events[0]);
	lvn_signal_map_del(&map, &events[0]);
	ck_assert_ptr_null(lvn_signal_map_first(&map, SIGUSR1));
	lvn_signal_map_clear(&map);
}
END_TEST

static int
note_visit(struct event *ev, void *trace)
{
	snprintf((char *)trace + strlen(trace), 16, "%d ", ev->ev_fd);
	return ev->ev_fd == 30 ? 5 : 0;
}

START_TEST(signals_are_visited_in_order)
{
	struct signal_map map = {NULL};
	struct event events[4] = {{.ev_fd = 15}, {.ev_fd = 2}, {.ev_fd = 30}, {.ev_fd = 31}};
	char trace[64] = "";

	lvn_signal_map_open(&map);
	for (int i = 0; i < 4; i++)
		lvn_signal_map_add(&map, &events[i]);

	ck_assert_int_eq(lvn_signal_map_each(&map, note_visit, trace), 5);

	ck_assert_str_eq(trace, "2 15 30 ");
	lvn_signal_map_clear(&map);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("loop/signal_map");
	TCase *group = tcase_create("map");

	tcase_add_test(group, an_unopened_map_holds_nothing);
	tcase_add_test(group, events_of_a_signal_stand_newest_first);
	tcase_add_test(group, signals_are_visited_in_order);
	suite_add_tcase(suite, group);
	return suite;
}
