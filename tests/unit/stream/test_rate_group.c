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

	lvn_rate_group_enter(group);
	share = lvn_rate_group_ask_locked(&taker->member, direction);
	if (share > taker->appetite)
		share = taker->appetite;
	if (share > 0)
		lvn_rate_group_charge_locked(&taker->member, direction, share);
	lvn_rate_group_leave(group);
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
		lvn_rate_group_enter(group);
		lvn_rate_group_join_locked(group, &takers[i].member, takers[i].wake);
		lvn_rate_group_leave(group);
	}
}

static void
quit(struct taker *taker)
{
	lvn_rate_group_enter(group);
	lvn_rate_group_quit_and_leave(group, &taker->member);
	event_free(taker->wake);
	taker->wake = NULL;
}

static void
tear_down_group(void)
{
	lvn_rate_group_enter(group);
	lvn_rate_group_free_and_leave(group);
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
left(enum token_direction direction)
{
	int64_t result;

	lvn_rate_group_enter(group);
	result = lvn_rate_group_left_locked(group, direction);
	lvn_rate_group_leave(group);
	return result;
}

static int64_t
share_of(struct taker *taker)
{
	int64_t share;

	lvn_rate_group_enter(group);
	share = lvn_rate_group_share_locked(&taker->member, TOKENS_TO_READ);
	lvn_rate_group_leave(group);
	return share;
}

static void
set_min_share(int64_t share)
{
	lvn_rate_group_enter(group);
	group->min_share = share;
	lvn_rate_group_leave(group);
}

/* ---- Shares ---- */

START_TEST(what_is_left_is_shared_equally)
{
	set_up_group(1000, 1000, 4, 1000);
	ck_assert_int_eq(share_of(&takers[0]), 250);
	ck_assert_int_eq(take(&takers[0], TOKENS_TO_READ), 250);
	ck_assert_int_eq(share_of(&takers[1]), 187);
	ck_assert_int_eq(left(TOKENS_TO_READ), 750);
	ck_assert_int_eq(left(TOKENS_TO_WRITE), 1000);
	tear_down_group();
}
END_TEST

START_TEST(nobody_has_less_than_the_minimum)
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
END_TEST

START_TEST(a_small_share_is_at_least_a_byte)
{
	set_up_group(3, 3, 4, 1000);
	set_min_share(0);
	ck_assert_int_eq(share_of(&takers[0]), 1);
	tear_down_group();
}
END_TEST

START_TEST(who_finds_nothing_left_waits_for_the_next_tick)
{
	set_up_group(100, 100, 2, 1000);
	lvn_rate_group_enter(group);
	lvn_rate_group_take_locked(group, TOKENS_TO_READ, 250);
	lvn_rate_group_leave(group);
	ck_assert_int_eq(left(TOKENS_TO_READ), -150);
	ck_assert_int_eq(take(&takers[0], TOKENS_TO_READ), 0);

	run_ms(190);
	ck_assert_int_eq(takers[0].woken, 0);
	run_ms(20);
	ck_assert_int_eq(takers[0].woken, 1);
	ck_assert_int_eq(takers[0].taken, 64);
	ck_assert_int_eq(takers[1].woken, 0);
	tear_down_group();
}
END_TEST

START_TEST(tokens_put_in_by_hand_wake_those_who_wait)
{
	set_up_group(100, 100, 1, 1000);
	ck_assert_int_eq(take(&takers[0], TOKENS_TO_READ), 100);
	ck_assert_int_eq(take(&takers[0], TOKENS_TO_READ), 0);
	lvn_rate_group_enter(group);
	lvn_rate_group_take_locked(group, TOKENS_TO_READ, -500);
	lvn_rate_group_leave(group);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(takers[0].taken, 600);
	tear_down_group();
}
END_TEST

/* ---- Fairness ---- */

/* In libevent those who come first in its list have everything, tick after tick. */
START_TEST(no_member_of_a_group_starves)
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
END_TEST

/* One asks a hundred times while the others ask once. */
START_TEST(a_greedy_member_does_not_take_the_turns_of_others)
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
END_TEST

START_TEST(a_share_that_is_not_used_goes_back)
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
END_TEST

/* ---- Changes ---- */

START_TEST(a_new_configuration_holds_at_once)
{
	static const struct timeval tick = {0, 10000};
	struct ev_token_bucket_cfg cfg;

	set_up_group(100, 100, 1, 1000);
	ck_assert(lvn_token_bucket_configure(&cfg, 5, 7, 5, 7, &tick));
	lvn_rate_group_enter(group);
	lvn_rate_group_configure_locked(group, &cfg);
	lvn_rate_group_leave(group);
	ck_assert_int_eq(left(TOKENS_TO_READ), 7);
	ck_assert_int_eq(share_of(&takers[0]), 7);
	while (take(&takers[0], TOKENS_TO_READ) > 0)
		continue;
	takers[0].taken = 0;
	run_ms(1000);
	ck_assert_int_ge(takers[0].taken, 495);
	ck_assert_int_le(takers[0].taken, 507);
	tear_down_group();
}
END_TEST

START_TEST(who_leaves_gives_its_place_and_its_share_away)
{
	set_up_group(100, 100, 3, 1000);
	while (take(&takers[0], TOKENS_TO_READ) > 0)
		continue;
	take(&takers[1], TOKENS_TO_READ);
	take(&takers[2], TOKENS_TO_READ);
	ck_assert(lvn_rate_group_waits_locked(&takers[0].member, TOKENS_TO_READ));
	quit(&takers[0]);
	takers[2].taken = 0;
	quit(&takers[1]);
	run_ms(500);
	ck_assert_int_ge(takers[2].taken, 400);
	tear_down_group();
}
END_TEST

START_TEST(a_group_that_is_freed_stays_for_its_members)
{
	set_up_group(100, 100, 2, 1000);
	lvn_rate_group_enter(group);
	lvn_rate_group_free_and_leave(group);
	ck_assert_int_eq(take(&takers[0], TOKENS_TO_READ), 64);
	quit(&takers[0]);
	quit(&takers[1]);
	event_base_free(base);
	levin_sim_free(sim);
}
END_TEST

START_TEST(nobody_who_waits_costs_nothing)
{
	set_up_group(100, 100, 2, 1000);
	take(&takers[0], TOKENS_TO_READ);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	tear_down_group();
}
END_TEST

/* Rates at the end of the range, and members that take all. */
START_TEST(no_overflow_with_the_largest_rates)
{
	set_up_group((size_t)PTRDIFF_MAX, (size_t)PTRDIFF_MAX, 3, INT64_MAX);
	set_min_share(INT64_MAX);
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 3; i++) {
			int64_t share = take(&takers[i], TOKENS_TO_READ);

			ck_assert_int_ge(share, 0);
			takers[i].taken = 0;
		}
		lvn_rate_group_enter(group);
		lvn_rate_group_take_locked(
		    group, TOKENS_TO_READ, round % 2 ? INT64_MAX : INT64_MIN);
		ck_assert_int_ge(group->sides[TOKENS_TO_READ].reserved[0], 0);
		ck_assert_int_ge(group->sides[TOKENS_TO_READ].reserved[1], 0);
		lvn_rate_group_leave(group);
	}
	tear_down_group();
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("rate_group");
	TCase *group_of_tests = tcase_create("shares");

	tcase_add_test(group_of_tests, what_is_left_is_shared_equally);
	tcase_add_test(group_of_tests, nobody_has_less_than_the_minimum);
	tcase_add_test(group_of_tests, a_small_share_is_at_least_a_byte);
	tcase_add_test(group_of_tests, who_finds_nothing_left_waits_for_the_next_tick);
	tcase_add_test(group_of_tests, tokens_put_in_by_hand_wake_those_who_wait);
	tcase_add_test(group_of_tests, no_overflow_with_the_largest_rates);
	suite_add_tcase(suite, group_of_tests);

	group_of_tests = tcase_create("fairness");
	tcase_add_test(group_of_tests, no_member_of_a_group_starves);
	tcase_add_test(group_of_tests, a_greedy_member_does_not_take_the_turns_of_others);
	tcase_add_test(group_of_tests, a_share_that_is_not_used_goes_back);
	suite_add_tcase(suite, group_of_tests);

	group_of_tests = tcase_create("changes");
	tcase_add_test(group_of_tests, a_new_configuration_holds_at_once);
	tcase_add_test(group_of_tests, who_leaves_gives_its_place_and_its_share_away);
	tcase_add_test(group_of_tests, a_group_that_is_freed_stays_for_its_members);
	tcase_add_test(group_of_tests, nobody_who_waits_costs_nothing);
	suite_add_tcase(suite, group_of_tests);
	return suite;
}
