/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buckets of tokens: how many bytes may pass.  Arithmetic that never overflows: it stops at the
 * ends of its range.
 *
 * Time is counted in ticks of a fixed length.
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
	int64_t burst; /* the most that a bucket collects */
};

/* The configuration of a program. */
struct ev_token_bucket_cfg {
	struct token_rate rates[TOKEN_DIRECTIONS];
	int64_t tick_us; /* a multiple of a millisecond, and at least one */
};

/*
 * Invariant: -INT64_MAX <= left <= INT64_MAX.  It is negative if more has passed than there
 * were tokens, and above the burst only if the program has added tokens.
 */
struct token_bucket {
	int64_t left;
};

/* When buckets were filled last. */
struct token_clock {
	int64_t tick;
};

/* Returns false, and sets nothing, for values out of range.  A NULL tick is a second. */
bool lvn_token_bucket_configure(struct ev_token_bucket_cfg *cfg_out, size_t read_rate,
    size_t read_burst, size_t write_rate, size_t write_burst, const struct timeval *tick);

/* ---- Time ---- */

int64_t lvn_token_bucket_tick_at(const struct ev_token_bucket_cfg *cfg, int64_t now_us);

/* Returns how many ticks have passed since the last call; 0 if the clock was set back. */
int64_t lvn_token_bucket_advance(
    struct token_clock *clock, const struct ev_token_bucket_cfg *cfg, int64_t now_us);

/* Returns the microseconds until so many ticks have passed after the last; at least 1. */
int64_t lvn_token_bucket_us_until(const struct token_clock *clock,
    const struct ev_token_bucket_cfg *cfg, int64_t ticks, int64_t now_us);

/* ---- Tokens ---- */

/* Puts the tokens of one tick into a new bucket. */
void lvn_token_bucket_init(struct token_bucket *bucket, const struct token_rate *rate);
/* Applies a new rate: tokens above its burst are lost. */
void lvn_token_bucket_change(struct token_bucket *bucket, const struct token_rate *rate);
/* Adds the tokens of so many ticks. */
void lvn_token_bucket_fill(
    struct token_bucket *bucket, const struct token_rate *rate, int64_t ticks);
/* A negative size adds tokens. */
void lvn_token_bucket_take(struct token_bucket *bucket, int64_t size);
/* Returns after how many ticks there is a token. */
int64_t lvn_token_bucket_ticks_needed(
    const struct token_bucket *bucket, const struct token_rate *rate);

#endif
