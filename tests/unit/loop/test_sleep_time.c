/* SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <stdint.h>

#include "loop/backends/sleep_time.h"
#include "support/suite.h"

TEST(sleep_time__negative_timeout_waits_for_ever)
{
	struct timespec span;

	ck_assert_ptr_null(lvn_sleep_timespec(-1, &span));
	ck_assert_ptr_null(lvn_sleep_timespec(INT64_MIN, &span));
	ck_assert_int_eq(lvn_sleep_milliseconds(-1), -1);
}

static const struct {
	int64_t timeout_ns;
	struct timespec span;
	int ms;
} spans[] = {
    {0, {0, 0}, 0},
    {1, {0, 1}, 1},
    {1000, {0, 1000}, 1},
    {1001, {0, 1001}, 1},
    {1000000, {0, 1000000}, 1},
    {1000001, {0, 1000001}, 2},
    {999999999, {0, 999999999}, 1000},
    {1000000000, {1, 0}, 1000},
    {2000000001, {2, 1}, 2001},
};
enum { SPANS = sizeof(spans) / sizeof(spans[0]) };

TEST_RANGE(sleep_time__no_unit_makes_a_timeout_shorter, 0, SPANS)
{
	struct timespec span;

	ck_assert_ptr_eq(lvn_sleep_timespec(spans[_i].timeout_ns, &span), &span);
	ck_assert_int_eq(span.tv_sec, spans[_i].span.tv_sec);
	ck_assert_int_eq(span.tv_nsec, spans[_i].span.tv_nsec);

	ck_assert_int_eq(lvn_sleep_milliseconds(spans[_i].timeout_ns), spans[_i].ms);
}

TEST(sleep_time__longest_sleep_fits_every_unit)
{
	struct timespec span;

	lvn_sleep_timespec(INT64_MAX, &span);
	ck_assert_int_eq(span.tv_sec, 1000000);
	ck_assert_int_eq(span.tv_nsec, 0);
	ck_assert_int_eq(lvn_sleep_milliseconds(INT64_MAX), 1000000000);
}
