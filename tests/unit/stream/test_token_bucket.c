/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/token_bucket.h"

#include <string.h>
#include <sys/time.h>

#include "support/suite.h"

#define MOST ((size_t)PTRDIFF_MAX)

static struct ev_token_bucket_cfg
configured(size_t rate, size_t burst, long tick_ms)
{
	struct timeval tick = {tick_ms / 1000, tick_ms % 1000 * 1000};
	struct ev_token_bucket_cfg cfg;

	ck_assert(lvn_token_bucket_configure(&cfg, rate, burst, rate, burst, &tick));
	return cfg;
}

/* ---- Configuration ---- */

static const struct {
	size_t rate;
	size_t burst;
	bool legal;
} rates[] = {
    {0, 0, false},
    {0, 5, false},
    {1, 1, true},
    {10, 5, false},
    {5, 10, true},
    {MOST, MOST, true},
    {1, MOST, true},
    {1, MOST + 1, false},
    {MOST + 1, MOST + 1, false},
    {SIZE_MAX, SIZE_MAX, false},
};

TEST_RANGE(token_bucket__refuses_rates_out_of_range, 0, (int)(sizeof(rates) / sizeof(rates[0])))
{
	struct ev_token_bucket_cfg cfg, untouched;

	memset(&cfg, 7, sizeof(cfg));
	untouched = cfg;
	ck_assert_int_eq(
	    lvn_token_bucket_configure(&cfg, rates[_i].rate, rates[_i].burst, 1, 1, NULL),
	    rates[_i].legal);
	if (!rates[_i].legal)
		ck_assert_mem_eq(&cfg, &untouched, sizeof(cfg));
	ck_assert_int_eq(
	    lvn_token_bucket_configure(&cfg, 1, 1, rates[_i].rate, rates[_i].burst, NULL),
	    rates[_i].legal);
}

static const struct {
	struct timeval tick;
	int64_t tick_us; /* 0: refused */
} ticks[] = {
    {{0, 0}, 0},
    {{0, 1}, 0},
    {{0, 999}, 0},
    {{-1, 0}, 0},
    {{0, -1}, 0},
    {{1, 1000000}, 0},
    {{0, 1000}, 1000},
    {{0, 1999}, 1000},
    {{1, 500}, 1000000},
    {{86400, 0}, INT64_C(86400000000)},
};

/* libevent divides by the length of a tick in milliseconds. */
TEST_RANGE(
    token_bucket__no_division_by_zero_for_short_ticks, 0, (int)(sizeof(ticks) / sizeof(ticks[0])))
{
	struct ev_token_bucket_cfg cfg;
	bool legal = lvn_token_bucket_configure(&cfg, 1, 1, 1, 1, &ticks[_i].tick);

	ck_assert_int_eq(legal, ticks[_i].tick_us != 0);
	if (legal)
		ck_assert_int_eq(cfg.tick_us, ticks[_i].tick_us);
}

TEST(token_bucket__default_tick_is_a_second)
{
	struct ev_token_bucket_cfg cfg;

	ck_assert(lvn_token_bucket_configure(&cfg, 1, 1, 1, 1, NULL));
	ck_assert_int_eq(cfg.tick_us, 1000000);
}

TEST(token_bucket__longest_ticks_do_not_overflow)
{
	struct timeval tick = {(time_t)(((uint64_t)1 << (sizeof(time_t) * 8 - 1)) - 1), 999999};
	struct ev_token_bucket_cfg cfg;
	struct token_clock clock = {0};

	ck_assert(lvn_token_bucket_configure(&cfg, 1, 1, 1, 1, &tick));
	ck_assert_int_gt(cfg.tick_us, 0);
	ck_assert_int_eq(
	    lvn_token_bucket_advance(&clock, &cfg, INT64_MAX), INT64_MAX / cfg.tick_us);
	clock.tick = 0;
	ck_assert_int_gt(lvn_token_bucket_us_until(&clock, &cfg, INT64_MAX, 5), 0);
	ck_assert_int_gt(lvn_token_bucket_us_until(&clock, &cfg, 1, 5), 0);
}

/* ---- Time ---- */

TEST(token_bucket__counts_ticks_since_last_call)
{
	struct ev_token_bucket_cfg cfg = configured(1, 1, 100);
	struct token_clock clock = {0};

	ck_assert_int_eq(lvn_token_bucket_advance(&clock, &cfg, 1000000), 10);
	ck_assert_int_eq(lvn_token_bucket_advance(&clock, &cfg, 1099999), 0);
	ck_assert_int_eq(lvn_token_bucket_advance(&clock, &cfg, 1100000), 1);
	ck_assert_int_eq(lvn_token_bucket_advance(&clock, &cfg, 1350000), 2);
	ck_assert_int_eq(lvn_token_bucket_us_until(&clock, &cfg, 1, 1350000), 50000);
	ck_assert_int_eq(lvn_token_bucket_us_until(&clock, &cfg, 3, 1350000), 250000);
	ck_assert_int_eq(lvn_token_bucket_us_until(&clock, &cfg, 0, 1350000), 1);
	ck_assert_int_eq(lvn_token_bucket_us_until(&clock, &cfg, 1, 5000000), 1);
}

TEST(token_bucket__clock_set_back_changes_nothing)
{
	struct ev_token_bucket_cfg cfg = configured(1, 1, 100);
	struct token_clock clock = {0};

	ck_assert_int_eq(lvn_token_bucket_advance(&clock, &cfg, 1000000), 10);
	ck_assert_int_eq(lvn_token_bucket_advance(&clock, &cfg, 500000), 0);
	ck_assert_int_eq(lvn_token_bucket_advance(&clock, &cfg, 600000), 1);
	ck_assert_int_eq(lvn_token_bucket_advance(&clock, &cfg, -5), 0);
	ck_assert_int_eq(clock.tick, 0);
}

/* ---- Tokens ---- */

TEST(token_bucket__fills_up_to_the_burst)
{
	struct token_rate rate = {10, 35};
	struct token_bucket bucket;

	lvn_token_bucket_init(&bucket, &rate);
	ck_assert_int_eq(bucket.left, 10);
	lvn_token_bucket_fill(&bucket, &rate, 0);
	ck_assert_int_eq(bucket.left, 10);
	lvn_token_bucket_fill(&bucket, &rate, 2);
	ck_assert_int_eq(bucket.left, 30);
	lvn_token_bucket_fill(&bucket, &rate, 1);
	ck_assert_int_eq(bucket.left, 35);
	lvn_token_bucket_fill(&bucket, &rate, INT64_MAX);
	ck_assert_int_eq(bucket.left, 35);
	lvn_token_bucket_fill(&bucket, &rate, -1);
	ck_assert_int_eq(bucket.left, 35);
}

TEST(token_bucket__tokens_above_the_burst_do_not_grow)
{
	struct token_rate rate = {10, 30};
	struct token_bucket bucket = {30};

	lvn_token_bucket_take(&bucket, -1000);
	lvn_token_bucket_fill(&bucket, &rate, 5);
	ck_assert_int_eq(bucket.left, 1030);
}

TEST(token_bucket__debt_is_paid_back_tick_by_tick)
{
	struct token_rate rate = {10, 30};
	struct token_bucket bucket = {5};

	lvn_token_bucket_take(&bucket, 30);
	ck_assert_int_eq(bucket.left, -25);
	ck_assert_int_eq(lvn_token_bucket_ticks_needed(&bucket, &rate), 3);
	lvn_token_bucket_fill(&bucket, &rate, 2);
	ck_assert_int_eq(bucket.left, -5);
	ck_assert_int_eq(lvn_token_bucket_ticks_needed(&bucket, &rate), 1);
	lvn_token_bucket_fill(&bucket, &rate, 1);
	ck_assert_int_eq(bucket.left, 5);
	ck_assert_int_eq(lvn_token_bucket_ticks_needed(&bucket, &rate), 0);
	bucket.left = 0;
	ck_assert_int_eq(lvn_token_bucket_ticks_needed(&bucket, &rate), 1);
	bucket.left = -10;
	ck_assert_int_eq(lvn_token_bucket_ticks_needed(&bucket, &rate), 2);
}

TEST(token_bucket__smaller_burst_removes_tokens)
{
	struct token_rate rate = {5, 7};
	struct token_bucket bucket = {30};

	lvn_token_bucket_change(&bucket, &rate);
	ck_assert_int_eq(bucket.left, 7);
	rate.burst = 100;
	lvn_token_bucket_change(&bucket, &rate);
	ck_assert_int_eq(bucket.left, 7);
}

static const int64_t extremes[] = {
    INT64_MIN, -INT64_MAX, INT64_MIN / 2, -1, 0, 1, INT64_MAX / 2, INT64_MAX - 1, INT64_MAX};

enum { EXTREMES = sizeof(extremes) / sizeof(extremes[0]) };

/* Beside arithmetic of more digits than there can be. */
TEST(token_bucket__no_overflow_at_the_ends_of_the_range)
{
	for (int i = 1; i < EXTREMES; i++) {
		for (int j = 0; j < EXTREMES; j++) {
			struct token_bucket bucket = {extremes[i]};
			long double expected = (long double)extremes[i] - (long double)extremes[j];

			lvn_token_bucket_take(&bucket, extremes[j]);
			if (expected > (long double)INT64_MAX)
				ck_assert_int_eq(bucket.left, INT64_MAX);
			else if (expected < -(long double)INT64_MAX)
				ck_assert_int_eq(bucket.left, -INT64_MAX);
			else
				ck_assert_int_eq(bucket.left, extremes[i] - extremes[j]);
		}
	}
}

TEST(token_bucket__no_overflow_when_filled)
{
	static const int64_t amounts[] = {1, 2, 1000, INT64_MAX / 2, INT64_MAX};

	for (size_t i = 0; i < 5; i++) {
		for (size_t j = i; j < 5; j++) {
			struct token_rate rate = {amounts[i], amounts[j]};

			for (int k = 1; k < EXTREMES; k++) {
				for (int t = 0; t < EXTREMES; t++) {
					struct token_bucket bucket = {extremes[k]};

					lvn_token_bucket_fill(&bucket, &rate, extremes[t]);
					ck_assert_int_ge(bucket.left, extremes[k]);
					if (extremes[k] <= rate.burst)
						ck_assert_int_le(bucket.left, rate.burst);
					ck_assert_int_ge(
					    lvn_token_bucket_ticks_needed(&bucket, &rate), 0);
				}
			}
		}
	}
}
