/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/watch_list.h"
#include "support/suite.h"

static struct watch_list list;
static struct evwatch watches[4];

static void
fill_list(int count)
{
	lvn_watch_list_init(&list);
	for (int i = 0; i < count; i++) {
		watches[i] = (struct evwatch){.kind = WATCH_PREPARE};
		lvn_watch_list_add(&list, &watches[i]);
	}
}

TEST(watch_list__pass_sees_each_watcher_of_its_kind_once)
{
	struct evwatch check = {.kind = WATCH_CHECK};

	fill_list(3);
	lvn_watch_list_add(&list, &check);
	for (int pass = 0; pass < 2; pass++) {
		lvn_watch_list_start(&list, WATCH_PREPARE);
		for (int i = 0; i < 3; i++)
			ck_assert_ptr_eq(lvn_watch_list_step(&list), &watches[i]);
		ck_assert_ptr_null(lvn_watch_list_step(&list));
		ck_assert_ptr_null(lvn_watch_list_step(&list));
		lvn_watch_list_start(&list, WATCH_CHECK);
		ck_assert_ptr_eq(lvn_watch_list_step(&list), &check);
		ck_assert_ptr_null(lvn_watch_list_step(&list));
	}
}

TEST(watch_list__watcher_may_go_while_it_runs)
{
	fill_list(3);
	lvn_watch_list_start(&list, WATCH_PREPARE);
	for (int i = 0; i < 3; i++) {
		struct evwatch *watch = lvn_watch_list_step(&list);

		ck_assert_ptr_eq(watch, &watches[i]);
		lvn_watch_list_remove(&list, watch);
	}
	ck_assert_ptr_null(lvn_watch_list_step(&list));
	ck_assert_ptr_null(list.first[WATCH_PREPARE]);
	lvn_watch_list_add(&list, &watches[2]);
	ck_assert_ptr_eq(list.first[WATCH_PREPARE], &watches[2]);
}

TEST(watch_list__watchers_that_would_be_next_may_go)
{
	fill_list(4);
	lvn_watch_list_start(&list, WATCH_PREPARE);
	ck_assert_ptr_eq(lvn_watch_list_step(&list), &watches[0]);

	lvn_watch_list_remove(&list, &watches[1]);
	lvn_watch_list_remove(&list, &watches[2]);
	lvn_watch_list_remove(&list, &watches[0]);

	ck_assert_ptr_eq(lvn_watch_list_step(&list), &watches[3]);
	ck_assert_ptr_null(lvn_watch_list_step(&list));
}

TEST(watch_list__watcher_made_during_a_pass_waits_for_the_next)
{
	fill_list(1);
	lvn_watch_list_start(&list, WATCH_PREPARE);
	lvn_watch_list_step(&list);
	watches[1] = (struct evwatch){.kind = WATCH_PREPARE};
	lvn_watch_list_add(&list, &watches[1]);
	ck_assert_ptr_null(lvn_watch_list_step(&list));

	lvn_watch_list_start(&list, WATCH_PREPARE);
	ck_assert_ptr_eq(lvn_watch_list_step(&list), &watches[0]);
	ck_assert_ptr_eq(lvn_watch_list_step(&list), &watches[1]);
}
