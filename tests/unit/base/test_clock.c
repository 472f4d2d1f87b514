/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/suite.h"

/*
 * Of the kernel's clocks, those that are missing; the rest are real.  Check measures its
 * cases by the same clocks: they must be back before the first assertion.
 */
static struct missing_clocks {
	bool coarse;
	bool monotonic;
	bool wall;
} missing;

/* What the clock returns while these are missing. */
static int64_t
monotonic_without(struct missing_clocks clocks, struct clock *clock)
{
	int64_t now_ns;

	missing = clocks;
	now_ns = lvn_clock_monotonic_ns(clock);
	missing = (struct missing_clocks){false, false, false};
	return now_ns;
}

int
clock_gettime(clockid_t id, struct timespec *now)
{
	if ((id == CLOCK_MONOTONIC_COARSE && missing.coarse) ||
	    (id == CLOCK_MONOTONIC && missing.monotonic) ||
	    (id == CLOCK_REALTIME && missing.wall)) {
		errno = EINVAL;
		return -1;
	}
#ifdef SYS_clock_gettime64
	if (sizeof(now->tv_sec) > sizeof(long))
		return (int)syscall(SYS_clock_gettime64, id, now);
#endif
	return (int)syscall(SYS_clock_gettime, id, now);
}

/* What the clock under test takes for the wall's time. */
static int64_t scripted_wall_ns;

static int64_t
read_script(struct clock *clock)
{
	(void)clock;
	return scripted_wall_ns;
}

static int64_t
kernel_ns(clockid_t id)
{
	struct timespec now;

	ck_assert_int_eq(clock_gettime(id, &now), 0);
	return lvn_ns_from_timespec(&now);
}

static const enum clock_precision precisions[] = {
    CLOCK_PRECISION_COARSE, CLOCK_PRECISION_FINE, CLOCK_PRECISION_FALLBACK};

TEST_RANGE(lvn_clock_monotonic_ns__never_goes_back, 0, 3)
{
	struct clock clock;
	int64_t last_ns;

	lvn_clock_init(&clock, precisions[_i]);
	last_ns = lvn_clock_monotonic_ns(&clock);
	for (int i = 0; i < 10000; i++) {
		int64_t now_ns = lvn_clock_monotonic_ns(&clock);

		ck_assert_int_ge(now_ns, last_ns);
		last_ns = now_ns;
	}
}

TEST(lvn_clock_init__fine_clock_is_the_monotonic_one)
{
	struct clock clock;
	int64_t before_ns;
	int64_t now_ns;

	lvn_clock_init(&clock, CLOCK_PRECISION_FINE);
	before_ns = kernel_ns(CLOCK_MONOTONIC);
	now_ns = lvn_clock_monotonic_ns(&clock);

	ck_assert_int_ge(now_ns, before_ns);
	ck_assert_int_le(now_ns, kernel_ns(CLOCK_MONOTONIC));
}

TEST(lvn_clock_init__coarse_clock_is_at_most_a_tick_behind)
{
	struct clock clock;
	int64_t before_ns;
	int64_t now_ns;

	lvn_clock_init(&clock, CLOCK_PRECISION_COARSE);
	before_ns = kernel_ns(CLOCK_MONOTONIC_COARSE);
	now_ns = lvn_clock_monotonic_ns(&clock);

	ck_assert_int_ge(now_ns, before_ns);
	ck_assert_int_le(now_ns, kernel_ns(CLOCK_MONOTONIC));
}

TEST(lvn_clock_monotonic_ns__no_coarse_clock_reads_the_fine_one)
{
	struct clock clock;
	int64_t before_ns = kernel_ns(CLOCK_MONOTONIC);
	int64_t now_ns;

	lvn_clock_init(&clock, CLOCK_PRECISION_COARSE);
	now_ns = monotonic_without((struct missing_clocks){.coarse = true}, &clock);

	ck_assert_int_ge(now_ns, before_ns);
	ck_assert_int_le(now_ns, kernel_ns(CLOCK_MONOTONIC));
	ck_assert_int_eq(clock.kernel_clock, CLOCK_MONOTONIC);
}

TEST_RANGE(lvn_clock_monotonic_ns__no_monotonic_clock_reads_the_fallback, 0, 3)
{
	const struct missing_clocks neither = {.coarse = true, .monotonic = true};
	struct clock clock;
	int64_t first_ns;
	int64_t second_ns;

	lvn_clock_init(&clock, precisions[_i]);
	clock.wall_ns = read_script;
	scripted_wall_ns = 5000;
	first_ns = monotonic_without(neither, &clock);
	scripted_wall_ns = 3000;
	second_ns = monotonic_without(neither, &clock);

	ck_assert_int_eq(first_ns, 5000);
	ck_assert_int_eq(second_ns, 5000);
}

TEST(lvn_clock_monotonic_ns__fallback_goes_on_when_the_wall_clock_is_set_back)
{
	struct clock clock;

	lvn_clock_init(&clock, CLOCK_PRECISION_FALLBACK);
	clock.wall_ns = read_script;

	scripted_wall_ns = 2 * 3600 * LVN_NS_PER_S;
	ck_assert_int_eq(lvn_clock_monotonic_ns(&clock), scripted_wall_ns);
	scripted_wall_ns -= 3600 * LVN_NS_PER_S;
	ck_assert_int_eq(lvn_clock_monotonic_ns(&clock), 7200 * LVN_NS_PER_S);
	scripted_wall_ns += 10;
	ck_assert_int_eq(lvn_clock_monotonic_ns(&clock), 7200 * LVN_NS_PER_S + 10);
	scripted_wall_ns = 0;
	ck_assert_int_eq(lvn_clock_monotonic_ns(&clock), 7200 * LVN_NS_PER_S + 10);
	scripted_wall_ns = 5;
	ck_assert_int_eq(lvn_clock_monotonic_ns(&clock), 7200 * LVN_NS_PER_S + 15);
}

TEST(lvn_clock_wall_ns__is_the_kernels)
{
	struct clock clock;
	int64_t before_ns = kernel_ns(CLOCK_REALTIME);
	int64_t now_ns;

	lvn_clock_init(&clock, CLOCK_PRECISION_COARSE);
	now_ns = lvn_clock_wall_ns(&clock);

	ck_assert_int_le(now_ns - before_ns, 3600 * LVN_NS_PER_S);
	ck_assert_int_ge(now_ns - before_ns, -3600 * LVN_NS_PER_S);
}

TEST(lvn_clock_wall_ns__no_wall_clock_reads_whole_seconds)
{
	struct clock clock;
	int64_t before_ns = kernel_ns(CLOCK_REALTIME);
	int64_t now_ns;

	lvn_clock_init(&clock, CLOCK_PRECISION_COARSE);
	missing.wall = true;
	now_ns = lvn_clock_wall_ns(&clock);
	missing.wall = false;

	ck_assert_int_eq(now_ns % LVN_NS_PER_S, 0);
	ck_assert_int_le(now_ns - before_ns, 3600 * LVN_NS_PER_S);
	ck_assert_int_ge(now_ns - before_ns, -3600 * LVN_NS_PER_S);
}

TEST(lvn_ns_add__saturates)
{
	ck_assert_int_eq(lvn_ns_add(40, 2), 42);
	ck_assert_int_eq(lvn_ns_add(40, -50), -10);
	ck_assert_int_eq(lvn_ns_add(INT64_MAX - 1, 1), INT64_MAX);
	ck_assert_int_eq(lvn_ns_add(INT64_MAX - 1, 2), INT64_MAX);
	ck_assert_int_eq(lvn_ns_add(INT64_MAX, INT64_MAX), INT64_MAX);
	ck_assert_int_eq(lvn_ns_add(INT64_MIN, INT64_MIN), INT64_MIN);
	ck_assert_int_eq(lvn_ns_add(INT64_MIN + 1, -2), INT64_MIN);
	ck_assert_int_eq(lvn_ns_add(INT64_MIN, INT64_MAX), -1);
}

/* The range of the seconds in a timeval, which has 32 bits on some platforms. */
static int64_t
largest_second(void)
{
	struct timeval tv = {0};

	return sizeof(tv.tv_sec) > 4 ? INT64_MAX : INT32_MAX;
}

TEST(lvn_ns_from_timeval__in_range)
{
	static const struct {
		struct timeval tv;
		int64_t ns;
	} cases[] = {
	    {{0, 0}, 0},
	    {{1, 2}, 1000002000},
	    {{-1, 0}, -1000000000},
	    {{-1, 999999}, -1000},
	    {{1, -1}, 999999000},
	    {{0, 2500000}, 2500000000},
	    {{2000000000, 999999}, 2000000000999999000},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_int_eq(lvn_ns_from_timeval(&cases[i].tv), cases[i].ns);
}

TEST(lvn_ns_from_timeval__saturates)
{
	struct timeval longest = {.tv_sec = (time_t)largest_second(), .tv_usec = 999999};
	struct timeval shortest = {.tv_sec = (time_t)(-largest_second() - 1), .tv_usec = 0};
	struct timespec instant = {.tv_sec = (time_t)largest_second(), .tv_nsec = 999999999};

	if (largest_second() == INT32_MAX) {
		ck_assert_int_eq(lvn_ns_from_timeval(&longest), INT64_C(2147483647999999000));
		return;
	}
	ck_assert_int_eq(lvn_ns_from_timeval(&longest), INT64_MAX);
	ck_assert_int_eq(lvn_ns_from_timeval(&shortest), INT64_MIN);
	ck_assert_int_eq(lvn_ns_from_timespec(&instant), INT64_MAX);
	longest.tv_sec = (time_t)(INT64_MAX / LVN_NS_PER_S);
	ck_assert_int_eq(lvn_ns_from_timeval(&longest), INT64_MAX);
	longest.tv_usec = 0;
	ck_assert_int_eq(lvn_ns_from_timeval(&longest), INT64_MAX / LVN_NS_PER_S * LVN_NS_PER_S);
}

TEST(lvn_timeval_from_ns__in_range)
{
	struct timeval tv = lvn_timeval_from_ns(1000002999);

	ck_assert_int_eq(tv.tv_sec, 1);
	ck_assert_int_eq(tv.tv_usec, 2);
	tv = lvn_timeval_from_ns(0);
	ck_assert_int_eq(tv.tv_sec, 0);
	ck_assert_int_eq(tv.tv_usec, 0);
	tv = lvn_timeval_from_ns(INT64_MAX);
	if (largest_second() == INT32_MAX) {
		ck_assert_int_eq(tv.tv_sec, INT32_MAX);
		ck_assert_int_eq(tv.tv_usec, 999999);
	} else {
		ck_assert_int_eq(tv.tv_sec, INT64_MAX / LVN_NS_PER_S);
		ck_assert_int_eq(tv.tv_usec, 854775);
	}
}
