/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/rate_group.h"

#include <event2/event.h>
#include <levin/sim.h>
#include <string.h>

#include "support/suite.h"

enum { MEMBERS = 50 };

/* A member that takes whatever it can get, or what it wants. */
struct taker {
	struct rate_member member;
	struct event *wake;
	int64_t appetite; /* at once, 0: nothing */
	int64_t taken;
	int woken;
};

static struct levin_sim *sim;
static struct event_base *base;
static struct bufferevent_rate_limit_group *group;
static struct taker takers[MEMBERS];

static int64_t
take(struct taker *taker, enum token_direction direction)
{
	int64_t share;

	share = lvn_rate_group_ask(&taker->member, direction);
	if (share > taker->appetite)
		share = taker->appetite;
	if (share > 0)
		lvn_rate_group_charge(&taker->member, direction, share);
	taker->taken += share;
	return share;
}

static void
on_woken(evutil_socket_t fd, short what, void *arg)
{
	struct taker *taker = arg;

	(void)fd;
	(void)what;
	taker->woken++;
	while (take(taker, TOKENS_TO_READ) > 0)
		continue;
}

static void
set_up_group(size_t rate, size_t burst, int members, int64_t appetite)
{
	static const struct timeval tick = {0, 100000};
	struct ev_token_bucket_cfg cfg;

	sim = levin_sim_new(1, NULL);
	base = levin_sim_base_new(sim, NULL);
	ck_assert(lvn_token_bucket_configure(&cfg, rate, burst, rate, burst, &tick));
	ck_assert_int_eq(lvn_rate_group_new(base, &cfg, &group), 0);
	for (int i = 0; i < members; i++) {
		takers[i].wake = event_new(base, -1, 0, on_woken, &takers[i]);
		takers[i].appetite = appetite;
		lvn_rate_group_join(group, &takers[i].member, takers[i].wake);
	}
}

static void
quit(struct taker *taker)
{
	lvn_rate_group_quit(&taker->member);
	event_free(taker->wake);
	taker->wake = NULL;
}

static void
tear_down_group(void)
{
	lvn_rate_group_free(group);
	for (int i = 0; i < MEMBERS; i++) {
		if (takers[i].wake)
			quit(&takers[i]);
	}
	event_base_free(base);
	levin_sim_free(sim);
}

static void
run_ms(int ms)
{
	struct timeval span = {ms / 1000, ms % 1000 * 1000};

	event_base_loopexit(base, &span);
	event_base_dispatch(base);
}

static int64_t
share_of(struct taker *taker)
{
	return lvn_rate_group_share(&taker->member, TOKENS_TO_READ);
}

static void
set_min_share(int64_t share)
{
	lvn_rate_group_enter(group);
	group->min_share = share;
	lvn_rate_group_leave(group);
}

/* ---- Shares ---- */

TEST(rate_group__equal_shares)
{
	set_up_group(1000, 1000, 4, 1000);
	ck_assert_int_eq(share_of(&takers[0]), 250);
	ck_assert_int_eq(take(&takers[0], TOKENS_TO_READ), 250);
	ck_assert_int_eq(share_of(&takers[1]), 187);
	ck_assert_int_eq(lvn_rate_group_left(group, TOKENS_TO_READ), 750);
	ck_assert_int_eq(lvn_rate_group_left(group, TOKENS_TO_WRITE), 1000);
	tear_down_group();
}

TEST(rate_group__minimum_share)
{
	set_up_group(100, 100, 4, 1000);
	ck_assert_int_eq(share_of(&takers[0]), 64);
	set_min_share(5);
	ck_assert_int_eq(share_of(&takers[0]), 25);
	set_min_share(0);
	ck_assert_int_eq(share_of(&takers[0]), 25);
	/* No tick has so much. */
	set_min_share(INT64_MAX);
	ck_assert_int_eq(share_of(&takers[0]), 100);
	tear_down_group();
}

TEST(rate_group__share_is_at_least_a_byte)
{
	set_up_group(3, 3, 4, 1000);
	set_min_share(0);
	ck_assert_int_eq(share_of(&takers[0]), 1);
	tear_down_group();
}

TEST(rate_group__member_without_tokens_waits_for_the_tick)
{
	set_up_group(100, 100, 2, 1000);
	lvn_rate_group_take(group, TOKENS_TO_READ, 250);
	ck_assert_int_eq(lvn_rate_group_left(group, TOKENS_TO_READ), -150);
	ck_assert_int_eq(take(&takers[0], TOKENS_TO_READ), 0);

	run_ms(190);
	ck_assert_int_eq(takers[0].woken, 0);
	run_ms(20);
	ck_assert_int_eq(takers[0].woken, 1);
	ck_assert_int_eq(takers[0].taken, 64);
	ck_assert_int_eq(takers[1].woken, 0);
	tear_down_group();
}

TEST(rate_group__added_tokens_wake_members)
{
	set_up_group(100, 100, 1, 1000);
	ck_assert_int_eq(take(&takers[0], TOKENS_TO_READ), 100);
	ck_assert_int_eq(take(&takers[0], TOKENS_TO_READ), 0);
	lvn_rate_group_take(group, TOKENS_TO_READ, -500);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(takers[0].taken, 600);
	tear_down_group();
}

/* ---- Fairness ---- */

/* In libevent those who come first in its list have everything, tick after tick. */
TEST(rate_group__no_member_starves)
{
	int64_t least = INT64_MAX, most = 0, all = 0;

	set_up_group(200, 200, MEMBERS, INT64_MAX);
	for (int i = 0; i < MEMBERS; i++)
		on_woken(-1, 0, &takers[i]);
	for (int i = 0; i < MEMBERS; i++)
		takers[i].taken = 0;
	run_ms(100000);

	for (int i = 0; i < MEMBERS; i++) {
		least = takers[i].taken < least ? takers[i].taken : least;
		most = takers[i].taken > most ? takers[i].taken : most;
		all += takers[i].taken;
	}
	ck_assert_int_ge(all, 1000 * 200 - 200);
	ck_assert_int_le(all, 1000 * 200 + 200);
	ck_assert_int_ge(least * 10, most * 9);
	tear_down_group();
}

/* One asks a hundred times while the others ask once. */
TEST(rate_group__greedy_member_waits_its_turn)
{
	set_up_group(1000, 1000, 10, 100);
	takers[0].appetite = INT64_MAX;
	for (int round = 0; round < 100; round++) {
		for (int k = 0; k < 100; k++)
			take(&takers[0], TOKENS_TO_READ);
		for (int i = 1; i < 10; i++)
			take(&takers[i], TOKENS_TO_READ);
		run_ms(100);
	}
	for (int i = 1; i < 10; i++)
		ck_assert_int_ge(takers[i].taken * 10, takers[0].taken * 5);
	tear_down_group();
}

TEST(rate_group__member_that_was_slow_to_ask_comes_first)
{
	set_up_group(64, 64, 3, 1000);
	for (int i = 0; i < 3; i++) {
		while (take(&takers[i], TOKENS_TO_READ) > 0)
			continue;
	}
	/* It has its turn and does not use it; the others have theirs, and the next one. */
	takers[0].appetite = 0;
	run_ms(550);
	takers[0].appetite = 1000;
	takers[0].taken = 0;
	ck_assert_int_eq(take(&takers[0], TOKENS_TO_READ), 0);

	run_ms(100);

	ck_assert_int_eq(takers[0].taken, 64);
	tear_down_group();
}

TEST(rate_group__unused_share_is_returned)
{
	set_up_group(100, 100, 2, 1000);
	while (take(&takers[1], TOKENS_TO_READ) > 0)
		continue;
	/* Asks, and then has no use for it. */
	takers[0].appetite = 0;
	take(&takers[0], TOKENS_TO_READ);
	event_del(takers[0].wake);
	takers[1].taken = 0;
	run_ms(1000);
	ck_assert_int_ge(takers[1].taken, 800);
	tear_down_group();
}

/* ---- Changes ---- */

TEST(rate_group__new_configuration_applies_at_once)
{
	static const struct timeval tick = {0, 10000};
	struct ev_token_bucket_cfg cfg;

	set_up_group(100, 100, 1, 1000);
	ck_assert(lvn_token_bucket_configure(&cfg, 5, 7, 5, 7, &tick));
	lvn_rate_group_configure(group, &cfg);
	ck_assert_int_eq(lvn_rate_group_left(group, TOKENS_TO_READ), 7);
	ck_assert_int_eq(share_of(&takers[0]), 7);
	while (take(&takers[0], TOKENS_TO_READ) > 0)
		continue;
	takers[0].taken = 0;
	run_ms(1000);
	ck_assert_int_ge(takers[0].taken, 495);
	ck_assert_int_le(takers[0].taken, 507);
	tear_down_group();
}

TEST(rate_group__member_that_quits_returns_its_share)
{
	set_up_group(100, 100, 3, 1000);
	while (take(&takers[0], TOKENS_TO_READ) > 0)
		continue;
	take(&takers[1], TOKENS_TO_READ);
	take(&takers[2], TOKENS_TO_READ);
	ck_assert(takers[0].member.claims[TOKENS_TO_READ].waits);
	quit(&takers[0]);
	takers[2].taken = 0;
	quit(&takers[1]);
	run_ms(500);
	ck_assert_int_ge(takers[2].taken, 400);
	tear_down_group();
}

TEST(rate_group__freed_group_lives_until_its_last_member_quits)
{
	set_up_group(100, 100, 2, 1000);
	lvn_rate_group_free(group);
	ck_assert_int_eq(take(&takers[0], TOKENS_TO_READ), 64);
	quit(&takers[0]);
	quit(&takers[1]);
	event_base_free(base);
	levin_sim_free(sim);
}

TEST(rate_group__no_timer_while_no_member_waits)
{
	set_up_group(100, 100, 2, 1000);
	take(&takers[0], TOKENS_TO_READ);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	tear_down_group();
}

/* Rates at the end of the range, and members that take all. */
TEST(rate_group__no_overflow_with_the_largest_rates)
{
	set_up_group((size_t)PTRDIFF_MAX, (size_t)PTRDIFF_MAX, 3, INT64_MAX);
	set_min_share(INT64_MAX);
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 3; i++) {
			int64_t share = take(&takers[i], TOKENS_TO_READ);

			ck_assert_int_ge(share, 0);
			takers[i].taken = 0;
		}
		lvn_rate_group_take(group, TOKENS_TO_READ, round % 2 ? INT64_MAX : INT64_MIN);
		lvn_rate_group_enter(group);
		ck_assert_int_ge(group->sides[TOKENS_TO_READ].reserved[0], 0);
		ck_assert_int_ge(group->sides[TOKENS_TO_READ].reserved[1], 0);
		lvn_rate_group_leave(group);
	}
	tear_down_group();
}
