/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/sim_agenda.h"

#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "loop/sim_random.h"
#include "support/suite.h"

static void
push(struct sim_agenda *agenda, int64_t at_ns, uint64_t value)
{
	ck_assert_int_eq(lvn_sim_agenda_reserve(agenda), 0);
	lvn_sim_agenda_push(agenda, (struct sim_happening){.at_ns = at_ns, .value = value});
}

START_TEST(an_empty_agenda_has_no_first)
{
	struct sim_agenda agenda = {0};

	ck_assert_ptr_null(lvn_sim_agenda_first(&agenda));
	lvn_sim_agenda_clear(&agenda);
}
END_TEST

START_TEST(what_is_arranged_comes_out_by_instant)
{
	struct sim_agenda agenda = {0};
	struct sim_random random;
	int64_t previous_ns = INT64_MIN;

	lvn_sim_random_init(&random, 11);
	for (int i = 0; i < 1000; i++)
		push(&agenda, lvn_sim_random_between(&random, -50, 5000), 0);

	ck_assert_uint_eq(agenda.count, 1000);
	for (int i = 0; i < 1000; i++) {
		int64_t first_ns = lvn_sim_agenda_first(&agenda)->at_ns;
		struct sim_happening popped = lvn_sim_agenda_pop(&agenda);

		ck_assert_int_eq(popped.at_ns, first_ns);
		ck_assert_int_ge(popped.at_ns, previous_ns);
		previous_ns = popped.at_ns;
	}
	ck_assert_ptr_null(lvn_sim_agenda_first(&agenda));
	lvn_sim_agenda_clear(&agenda);
}
END_TEST

START_TEST(what_is_arranged_for_one_instant_comes_out_in_order_of_arranging)
{
	struct sim_agenda agenda = {0};

	for (uint64_t i = 0; i < 300; i++)
		push(&agenda, (int64_t)(i % 3), i);

	for (uint64_t instant = 0; instant < 3; instant++) {
		for (uint64_t i = 0; i < 100; i++)
			ck_assert_uint_eq(lvn_sim_agenda_pop(&agenda).value, 3 * i + instant);
	}
	lvn_sim_agenda_clear(&agenda);
}
END_TEST

static void *
no_memory(void *block, size_t size)
{
	(void)block;
	(void)size;
	return NULL;
}

START_TEST(short_memory_leaves_the_agenda_as_it_was)
{
	struct sim_agenda agenda = {0};
	int added = 0;

	push(&agenda, 7, 7);
	lvn_memory_set_functions(NULL, no_memory, NULL);
	for (; lvn_sim_agenda_reserve(&agenda) == 0; added++)
		lvn_sim_agenda_push(&agenda, (struct sim_happening){.at_ns = 8});

	ck_assert_int_eq(lvn_sim_agenda_reserve(&agenda), -ENOMEM);
	ck_assert_uint_eq(agenda.count, (size_t)added + 1);
	ck_assert_uint_eq(lvn_sim_agenda_pop(&agenda).value, 7);
	ck_assert_int_eq(lvn_sim_agenda_reserve(&agenda), 0);
	lvn_sim_agenda_clear(&agenda);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("sim_agenda");
	TCase *group = tcase_create("agenda");

	tcase_add_test(group, an_empty_agenda_has_no_first);
	tcase_add_test(group, what_is_arranged_comes_out_by_instant);
	tcase_add_test(group, what_is_arranged_for_one_instant_comes_out_in_order_of_arranging);
	tcase_add_test(group, short_memory_leaves_the_agenda_as_it_was);
	suite_add_tcase(suite, group);
	return suite;
}
