/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/token_bucket.h"

#include <sys/time.h>

#define US_PER_MS  1000
#define US_PER_S   INT64_C(1000000)
#define MAX_TICK_S INT64_C(1000000000)

/* A day: longer waits are cut into several. */
#define MAX_WAIT_US (86400 * US_PER_S)

/* The largest number of bytes that the interface can return. */
#define MAX_TOKENS ((size_t)PTRDIFF_MAX)

static bool
is_legal_rate(size_t per_tick, size_t burst)
{
	return per_tick >= 1 && per_tick <= burst && burst <= MAX_TOKENS;
}

/* Returns 0 for a length that is not allowed. */
static int64_t
tick_in_us(const struct timeval *tick)
{
	if (!tick)
		return US_PER_S;
	if (tick->tv_sec < 0 || tick->tv_usec < 0 || tick->tv_usec >= US_PER_S)
		return 0;
	if (tick->tv_sec >= MAX_TICK_S)
		return MAX_TICK_S * US_PER_S;
	return (int64_t)tick->tv_sec * US_PER_S + tick->tv_usec / US_PER_MS * US_PER_MS;
}

bool
lvn_token_bucket_configure(struct ev_token_bucket_cfg *cfg_out, size_t read_rate, size_t read_burst,
    size_t write_rate, size_t write_burst, const struct timeval *tick)
{
	int64_t tick_us = tick_in_us(tick);

	if (!is_legal_rate(read_rate, read_burst) || !is_legal_rate(write_rate, write_burst) ||
	    tick_us == 0)
		return false;
	cfg_out->rates[TOKENS_TO_READ] =
	    (struct token_rate){(int64_t)read_rate, (int64_t)read_burst};
	cfg_out->rates[TOKENS_TO_WRITE] =
	    (struct token_rate){(int64_t)write_rate, (int64_t)write_burst};
	cfg_out->tick_us = tick_us;
	return true;
}

/* ---- Time ---- */

int64_t
lvn_token_bucket_tick_at(const struct ev_token_bucket_cfg *cfg, int64_t now_us)
{
	return now_us < 0 ? 0 : now_us / cfg->tick_us;
}

int64_t
lvn_token_bucket_advance(
    struct token_clock *clock, const struct ev_token_bucket_cfg *cfg, int64_t now_us)
{
	int64_t tick = lvn_token_bucket_tick_at(cfg, now_us);
	int64_t passed = tick - clock->tick;

	clock->tick = tick;
	return passed > 0 ? passed : 0;
}

int64_t
lvn_token_bucket_us_until(const struct token_clock *clock, const struct ev_token_bucket_cfg *cfg,
    int64_t ticks, int64_t now_us)
{
	int64_t until_us;

	if (ticks > MAX_WAIT_US / cfg->tick_us)
		return cfg->tick_us > MAX_WAIT_US ? cfg->tick_us : MAX_WAIT_US;
	until_us = (clock->tick + ticks) * cfg->tick_us - now_us;
	return until_us < 1 ? 1 : until_us;
}

/* ---- Tokens ---- */

void
lvn_token_bucket_init(struct token_bucket *bucket, const struct token_rate *rate)
{
	bucket->left = rate->per_tick;
}

void
lvn_token_bucket_change(struct token_bucket *bucket, const struct token_rate *rate)
{
	if (bucket->left > rate->burst)
		bucket->left = rate->burst;
}

/* Exact: the difference is below 2^64. */
static uint64_t
difference(int64_t larger, int64_t smaller)
{
	return (uint64_t)larger - (uint64_t)smaller;
}

/* Rounded up. */
static uint64_t
ticks_for(uint64_t tokens, const struct token_rate *rate)
{
	uint64_t per_tick = (uint64_t)rate->per_tick;

	return tokens / per_tick + (tokens % per_tick != 0);
}

void
lvn_token_bucket_fill(struct token_bucket *bucket, const struct token_rate *rate, int64_t ticks)
{
	uint64_t missing;

	if (ticks <= 0 || bucket->left >= rate->burst)
		return;
	missing = difference(rate->burst, bucket->left);
	if ((uint64_t)ticks >= ticks_for(missing, rate))
		bucket->left = rate->burst;
	else
		/* Less than what is missing. */
		bucket->left =
		    (int64_t)((uint64_t)bucket->left + (uint64_t)ticks * (uint64_t)rate->per_tick);
}

void
lvn_token_bucket_take(struct token_bucket *bucket, int64_t size)
{
	if (size >= 0)
		bucket->left = bucket->left < size - INT64_MAX ? -INT64_MAX : bucket->left - size;
	else if (bucket->left > INT64_MAX + size)
		bucket->left = INT64_MAX;
	else
		bucket->left -= size;
}

int64_t
lvn_token_bucket_ticks_needed(const struct token_bucket *bucket, const struct token_rate *rate)
{
	uint64_t ticks;

	if (bucket->left > 0)
		return 0;
	ticks = ticks_for(difference(1, bucket->left), rate);
	return ticks > INT64_MAX ? INT64_MAX : (int64_t)ticks;
}
