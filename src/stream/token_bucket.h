/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buckets of tokens: how many bytes may pass.  Pure arithmetic, that never overflows: it
 * stops at the ends of its range.
 *
 * Time comes in ticks of a fixed length, counted from the beginning of a clock.
 */
#ifndef LVN_STREAM_TOKEN_BUCKET_H
#define LVN_STREAM_TOKEN_BUCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timeval;

enum token_direction { TOKENS_TO_READ, TOKENS_TO_WRITE, TOKEN_DIRECTIONS };

/* Invariant: 1 <= per_tick <= burst <= SSIZE_MAX */
struct token_rate {
	int64_t per_tick;
	int64_t burst; /* no more are saved up */
};

/* What programs configure. */
struct ev_token_bucket_cfg {
	struct token_rate rates[TOKEN_DIRECTIONS];
	int64_t tick_us; /* a multiple of a millisecond, and at least one */
};

/*
 * Invariant: -INT64_MAX <= left <= INT64_MAX.  It is negative when more has passed than
 * was there, and above the burst only if somebody has put tokens in by hand.
 */
struct token_bucket {
	int64_t left;
};

/* When buckets were filled last. */
struct token_clock {
	int64_t tick;
};

/* False, and nothing is set, for values out of range.  A NULL tick is a second. */
bool lvn_token_bucket_configure(struct ev_token_bucket_cfg *cfg_out, size_t read_rate,
    size_t read_burst, size_t write_rate, size_t write_burst, const struct timeval *tick);

/* ---- Time ---- */

int64_t lvn_token_bucket_tick_at(const struct ev_token_bucket_cfg *cfg, int64_t now_us);

/* How many ticks have passed since the last call; none if the clock was set back. */
int64_t lvn_token_bucket_advance(
    struct token_clock *clock, const struct ev_token_bucket_cfg *cfg, int64_t now_us);

/* Microseconds until so many ticks after the clock's last have passed; at least 1. */
int64_t lvn_token_bucket_us_until(const struct token_clock *clock,
    const struct ev_token_bucket_cfg *cfg, int64_t ticks, int64_t now_us);

/* ---- Tokens ---- */

/* For a new bucket: a tick's worth. */
void lvn_token_bucket_init(struct token_bucket *bucket, const struct token_rate *rate);
/* The rate has changed: no more than the new burst stays. */
void lvn_token_bucket_change(struct token_bucket *bucket, const struct token_rate *rate);
/* So many ticks have passed. */
void lvn_token_bucket_fill(
    struct token_bucket *bucket, const struct token_rate *rate, int64_t ticks);
/* A negative size puts tokens in. */
void lvn_token_bucket_take(struct token_bucket *bucket, int64_t size);
/* After how many ticks there is something in it. */
int64_t lvn_token_bucket_ticks_needed(
    const struct token_bucket *bucket, const struct token_rate *rate);

#endif
