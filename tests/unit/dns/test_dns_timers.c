/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_timers.h"

#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "support/suite.h"

enum { MANY = 500 };

static struct dns_timers timers;
static struct dns_timer many[MANY];

static void
tear_down(void)
{
	lvn_dns_timers_clear(&timers);
}

TEST_FIXTURE(NULL, tear_down);

TEST(lvn_dns_timers_take__none)
{
	ck_assert_ptr_null(lvn_dns_timers_take(&timers, INT64_MAX - 1));
	ck_assert_int_eq(lvn_dns_timers_next(&timers), INT64_MAX);
	lvn_dns_timers_unset(&timers, &many[0]);
}

TEST(lvn_dns_timers_take__not_before_its_time)
{
	ck_assert_int_eq(lvn_dns_timers_reserve(&timers, 1), 0);
	lvn_dns_timers_set(&timers, &many[0], 10);

	ck_assert_ptr_null(lvn_dns_timers_take(&timers, 9));
	ck_assert_ptr_eq(lvn_dns_timers_take(&timers, 10), &many[0]);
	ck_assert_ptr_null(lvn_dns_timers_take(&timers, 10));
}

TEST(lvn_dns_timers_set__again_moves_it)
{
	ck_assert_int_eq(lvn_dns_timers_reserve(&timers, 2), 0);
	lvn_dns_timers_set(&timers, &many[0], 10);
	lvn_dns_timers_set(&timers, &many[1], 20);
	lvn_dns_timers_set(&timers, &many[0], 30);
	ck_assert_int_eq(lvn_dns_timers_next(&timers), 20);
	lvn_dns_timers_set(&timers, &many[0], 5);
	ck_assert_int_eq(lvn_dns_timers_next(&timers), 5);
	lvn_dns_timers_unset(&timers, &many[0]);
	ck_assert_int_eq(lvn_dns_timers_next(&timers), 20);
	ck_assert_uint_eq(timers.count, 1);
}

static bool
refuse_memory(void *context)
{
	(void)context;
	return true;
}

TEST(lvn_dns_timers_reserve__without_memory)
{
	lvn_memory_set_fault(refuse_memory, NULL);
	ck_assert_int_eq(lvn_dns_timers_reserve(&timers, 1), -ENOMEM);
	lvn_memory_set_fault(NULL, NULL);
	ck_assert_int_eq(lvn_dns_timers_reserve(&timers, 1), 0);
}

/* Beside an array that is searched from end to end. */
TEST_RANGE(lvn_dns_timers__random_operations, 0, 20)
{
	int64_t due[MANY];
	size_t count = 0;

	srand((unsigned)_i);
	for (int i = 0; i < MANY; i++)
		due[i] = INT64_MAX;
	ck_assert_int_eq(lvn_dns_timers_reserve(&timers, MANY), 0);
	for (int step = 0; step < 20000; step++) {
		int i = rand() % MANY;
		int64_t first = INT64_MAX;

		if (rand() % 3 > 0) {
			count += due[i] == INT64_MAX;
			due[i] = rand() % 1000;
			lvn_dns_timers_set(&timers, &many[i], due[i]);
		} else {
			count -= due[i] != INT64_MAX;
			due[i] = INT64_MAX;
			lvn_dns_timers_unset(&timers, &many[i]);
		}
		if (step % 10 == 0) {
			for (int k = 0; k < MANY; k++)
				first = due[k] < first ? due[k] : first;
			ck_assert_int_eq(lvn_dns_timers_next(&timers), first);
		}
		ck_assert_uint_eq(timers.count, count);
	}
	for (int64_t last = 0; count > 0; count--) {
		int64_t next = lvn_dns_timers_next(&timers);
		struct dns_timer *timer = lvn_dns_timers_take(&timers, next);

		ck_assert_int_ge(next, last);
		ck_assert_int_eq(due[timer - many], next);
		last = next;
	}
}
