/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/common_timeout.h"
#include "support/suite.h"

static int failures_after;

static void *
few_allocations(size_t size)
{
	return failures_after-- > 0 ? malloc(size) : NULL;
}

static void *
few_reallocations(void *block, size_t size)
{
	return failures_after-- > 0 ? realloc(block, size) : NULL;
}

START_TEST(a_duration_has_one_value_that_names_it)
{
	struct common_timeouts common = {0};
	struct timeval second = {1, 0}, other = {1, 1};
	const struct timeval *marked = lvn_common_timeout_get(&common, &second);

	ck_assert_ptr_nonnull(marked);
	ck_assert_ptr_eq(lvn_common_timeout_get(&common, &second), marked);
	ck_assert_ptr_eq(lvn_common_timeout_get(&common, marked), marked);
	ck_assert_ptr_ne(lvn_common_timeout_get(&common, &other), marked);
	ck_assert_int_eq(marked->tv_sec, 1);
	ck_assert_int_ge(marked->tv_usec, 1000000);
	ck_assert_int_eq(lvn_common_timeout_span(&common, marked), LVN_NS_PER_S);
	ck_assert_int_eq(lvn_common_timeout_span(&common, &other), LVN_NS_PER_S + 1000);
	lvn_common_timeout_clear(&common);
}
END_TEST

START_TEST(too_many_microseconds_are_seconds)
{
	struct common_timeouts common = {0};
	struct timeval odd = {1, 2500000}, plain = {3, 500000};

	ck_assert_ptr_eq(
	    lvn_common_timeout_get(&common, &odd), lvn_common_timeout_get(&common, &plain));
	lvn_common_timeout_clear(&common);
}
END_TEST

START_TEST(a_mark_that_was_not_given_out_is_a_plain_number)
{
	struct common_timeouts common = {0};
	struct timeval second = {1, 0};
	struct timeval forged = *lvn_common_timeout_get(&common, &second);
	struct timeval unknown = {1, 0x50000000 | 7 << 20};

	forged.tv_sec = 2;
	ck_assert_int_eq(lvn_common_timeout_span(&common, &forged), lvn_ns_from_timeval(&forged));
	ck_assert_int_eq(lvn_common_timeout_span(&common, &unknown), lvn_ns_from_timeval(&unknown));
	lvn_common_timeout_clear(&common);
}
END_TEST

static void
ignore_line(int severity, const char *text)
{
	(void)severity;
	(void)text;
}

START_TEST(there_are_256_of_them)
{
	struct common_timeouts common = {0};
	struct timeval tv = {0, 0};

	lvn_log_set_callback(ignore_line);
	for (int i = 0; i < 256; i++) {
		tv.tv_usec = i;
		ck_assert_ptr_nonnull(lvn_common_timeout_get(&common, &tv));
	}
	tv.tv_usec = 256;
	ck_assert_ptr_null(lvn_common_timeout_get(&common, &tv));
	for (int i = 0; i < 256; i++) {
		tv.tv_usec = i;
		ck_assert_int_eq(
		    lvn_common_timeout_span(&common, lvn_common_timeout_get(&common, &tv)),
		    i * LVN_NS_PER_US);
	}
	lvn_common_timeout_clear(&common);
}
END_TEST

START_TEST(without_memory_there_is_none)
{
	struct common_timeouts common = {0};
	struct timeval second = {1, 0};

	lvn_memory_set_functions(few_allocations, few_reallocations, free);
	for (int i = 0; i < 2; i++) {
		failures_after = i;
		ck_assert_ptr_null(lvn_common_timeout_get(&common, &second));
	}
	failures_after = 2;
	ck_assert_ptr_nonnull(lvn_common_timeout_get(&common, &second));
	lvn_common_timeout_clear(&common);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("loop/common_timeout");
	TCase *group = tcase_create("values");

	tcase_add_test(group, a_duration_has_one_value_that_names_it);
	tcase_add_test(group, too_many_microseconds_are_seconds);
	tcase_add_test(group, a_mark_that_was_not_given_out_is_a_plain_number);
	tcase_add_test(group, there_are_256_of_them);
	tcase_add_test(group, without_memory_there_is_none);
	suite_add_tcase(suite, group);
	return suite;
}
