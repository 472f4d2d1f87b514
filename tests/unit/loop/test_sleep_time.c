/* SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <stdint.h>

#include "loop/backends/sleep_time.h"
#include "support/suite.h"

START_TEST(a_negative_timeout_waits_for_ever)
{
	struct timespec span;
	struct timeval coarse_span;

	ck_assert_ptr_null(lvn_sleep_timespec(-1, &span));
	ck_assert_ptr_null(lvn_sleep_timespec(INT64_MIN, &span));
	ck_assert_ptr_null(lvn_sleep_timeval(-1, &coarse_span));
	ck_assert_int_eq(lvn_sleep_milliseconds(-1), -1);
}
END_TEST

static const struct {
	int64_t timeout_ns;
	struct timespec span;
	struct timeval coarse_span;
	int ms;
} spans[] = {
    {0, {0, 0}, {0, 0}, 0},
    {1, {0, 1}, {0, 1}, 1},
    {1000, {0, 1000}, {0, 1}, 1},
    {1001, {0, 1001}, {0, 2}, 1},
    {1000000, {0, 1000000}, {0, 1000}, 1},
    {1000001, {0, 1000001}, {0, 1001}, 2},
    {999999999, {0, 999999999}, {1, 0}, 1000},
    {1000000000, {1, 0}, {1, 0}, 1000},
    {2000000001, {2, 1}, {2, 1}, 2001},
};
enum { SPANS = sizeof(spans) / sizeof(spans[0]) };

START_TEST(no_unit_makes_a_timeout_shorter)
{
	struct timespec span;
	struct timeval coarse_span;

	ck_assert_ptr_eq(lvn_sleep_timespec(spans[_i].timeout_ns, &span), &span);
	ck_assert_int_eq(span.tv_sec, spans[_i].span.tv_sec);
	ck_assert_int_eq(span.tv_nsec, spans[_i].span.tv_nsec);

	ck_assert_ptr_eq(lvn_sleep_timeval(spans[_i].timeout_ns, &coarse_span), &coarse_span);
	ck_assert_int_eq(coarse_span.tv_sec, spans[_i].coarse_span.tv_sec);
	ck_assert_int_eq(coarse_span.tv_usec, spans[_i].coarse_span.tv_usec);

	ck_assert_int_eq(lvn_sleep_milliseconds(spans[_i].timeout_ns), spans[_i].ms);
}
END_TEST

START_TEST(the_longest_sleep_fits_every_unit)
{
	struct timespec span;
	struct timeval coarse_span;

	lvn_sleep_timespec(INT64_MAX, &span);
	ck_assert_int_eq(span.tv_sec, 1000000);
	ck_assert_int_eq(span.tv_nsec, 0);
	lvn_sleep_timeval(INT64_MAX, &coarse_span);
	ck_assert_int_eq(coarse_span.tv_sec, 1000000);
	ck_assert_int_eq(coarse_span.tv_usec, 0);
	ck_assert_int_eq(lvn_sleep_milliseconds(INT64_MAX), 1000000000);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("sleep_time");
	TCase *group = tcase_create("sleep_time");

	tcase_add_test(group, a_negative_timeout_waits_for_ever);
	tcase_add_loop_test(group, no_unit_makes_a_timeout_shorter, 0, SPANS);
	tcase_add_test(group, the_longest_sleep_fits_every_unit);
	suite_add_tcase(suite, group);
	return suite;
}
