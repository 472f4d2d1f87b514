/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timers and timeouts.  What they do to the second is tested in simulated time; what does
 * not depend on spans, everywhere.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <levin/sim.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/suite.h"

static const struct backend_under_test *backend;
static struct event_base *base;
static evutil_socket_t ends[2];
static struct seen seen;
static int64_t started_ns;

static void
set_up(int i)
{
	backend = backend_under_test(i);
	base = base_on(backend);
	open_pair(backend, ends);
	if (backend_is_simulated(backend))
		started_ns = levin_sim_now_ns(simulation_under_test());
}

static void
tear_down(void)
{
	event_base_free(base);
	close_pair(ends);
}

/* Milliseconds of simulated time since set_up. */
static int
ms_gone(void)
{
	return (int)((levin_sim_now_ns(simulation_under_test()) - started_ns) / 1000000);
}

static struct event *
timer_in(int ms, short events, event_callback_fn callback, void *arg)
{
	struct event *ev = event_new(base, -1, events, callback, arg);

	ck_assert_ptr_nonnull(ev);
	ck_assert_int_eq(event_add(ev, MS(ms)), 0);
	return ev;
}

/* Writes down when it ran: "12 ". */
static void
spell_time(evutil_socket_t fd, short what, void *arg)
{
	char text[16];

	(void)fd;
	(void)what;
	(void)arg;
	evutil_snprintf(text, sizeof(text), "%d ", ms_gone());
	spell_text(text);
}

static void
pass(int ms)
{
	levin_sim_spend(simulation_under_test(), (int64_t)ms * 1000000);
}

/* ---- In simulated time ---- */

TEST_IN_SIMULATION(timers__timer_runs_when_its_time_has_come)
{
	struct event *timer;

	set_up(_i);
	timer = timer_in(12, 0, spell_time, NULL);

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_str_eq(spelled(), "12 ");
	event_free(timer);
	tear_down();
}

TEST_IN_SIMULATION(timers__run_in_the_order_of_their_deadlines)
{
	static const int spans[] = {50, 10, 30, 20, 40, 10};
	struct event *timers[6];

	set_up(_i);
	for (int i = 0; i < 6; i++)
		timers[i] = timer_in(spans[i], 0, spell_time, NULL);

	event_base_dispatch(base);

	ck_assert_str_eq(spelled(), "10 10 20 30 40 50 ");
	for (int i = 0; i < 6; i++)
		event_free(timers[i]);
	tear_down();
}

TEST_IN_SIMULATION(timers__persistent_timer_keeps_its_beat)
{
	struct event *timer;

	set_up(_i);
	timer = timer_in(10, EV_PERSIST, spell_time, NULL);

	for (int i = 0; i < 4; i++)
		event_base_loop(base, EVLOOP_ONCE);

	ck_assert_str_eq(spelled(), "10 20 30 40 ");
	event_free(timer);
	tear_down();
}

static void
spell_time_and_be_slow_once(evutil_socket_t fd, short what, void *ms)
{
	spell_time(fd, what, NULL);
	pass(*(int *)ms);
	*(int *)ms = 0;
}

TEST_IN_SIMULATION(timers__persistent_timer_skips_the_beats_it_missed)
{
	int ms = 25;
	struct event *timer;

	set_up(_i);
	timer = timer_in(10, EV_PERSIST, spell_time_and_be_slow_once, &ms);

	for (int i = 0; i < 3; i++)
		event_base_loop(base, EVLOOP_ONCE);

	/* Called from 10 to 35; the beat of 20 comes then, and the next counts from there. */
	ck_assert_str_eq(spelled(), "10 35 45 ");
	event_free(timer);
	tear_down();
}

TEST_IN_SIMULATION(timers__slow_callback_does_not_delay_the_next_timer)
{
	int ms = 8;
	struct event *slow, *next;

	set_up(_i);
	slow = timer_in(1, 0, spell_time_and_be_slow_once, &ms);
	next = timer_in(10, 0, spell_time, NULL);

	event_base_dispatch(base);

	ck_assert_str_eq(spelled(), "1 10 ");
	event_free(slow);
	event_free(next);
	tear_down();
}

TEST_IN_SIMULATION(timers__timer_added_again_counts_from_then)
{
	struct event *timer, *other;

	set_up(_i);
	timer = timer_in(20, 0, spell_time, NULL);
	other = timer_in(15, 0, spell, word("o "));
	pass(15);
	event_add(timer, MS(20));

	event_base_dispatch(base);

	ck_assert_str_eq(spelled(), "o 35 ");
	event_free(timer);
	event_free(other);
	tear_down();
}

TEST_IN_SIMULATION(timers__adding_without_a_timeout_leaves_the_timeout)
{
	struct event *timer;

	set_up(_i);
	timer = timer_in(20, 0, spell_time, NULL);
	pass(5);
	ck_assert_int_eq(event_add(timer, NULL), 0);

	event_base_dispatch(base);

	ck_assert_str_eq(spelled(), "20 ");
	event_free(timer);
	tear_down();
}

TEST_IN_SIMULATION(timers__activity_pushes_a_persistent_timeout_out)
{
	struct event *reader;

	set_up(_i);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, see_and_take, &seen);
	event_add(reader, MS(20));
	for (int i = 0; i < 5; i++) {
		pass(15);
		put(ends[1], "x");
		turn(base);
		ck_assert_int_eq(seen.calls, i + 1);
		ck_assert_int_eq(seen.what, EV_READ);
	}

	event_base_loop(base, EVLOOP_ONCE);

	ck_assert_int_eq(seen.what, EV_TIMEOUT);
	ck_assert_int_eq(ms_gone(), 75 + 20);
	event_free(reader);
	tear_down();
}

TEST_IN_SIMULATION(timers__wall_clock_may_jump_and_timers_do_not_notice)
{
	struct event *timer, *idle;
	struct timeval tv;

	set_up(_i);
	timer = timer_in(20, 0, spell_time, NULL);
	idle = keep_alive(base);
	levin_sim_jump_wall(simulation_under_test(), INT64_C(3600000000000));
	pass(10);
	turn(base);
	levin_sim_jump_wall(simulation_under_test(), INT64_C(-7200000000000));
	ck_assert_int_eq(event_pending(timer, EV_TIMEOUT, &tv), EV_TIMEOUT);

	event_base_loop(base, EVLOOP_ONCE);

	ck_assert_str_eq(spelled(), "20 ");
	event_free(timer);
	event_free(idle);
	tear_down();
}

TEST_IN_SIMULATION(timers__longest_timeouts_are_far_away_and_never_in_the_past)
{
	const struct timeval longest = {INT32_MAX, 999999};
	struct event *far_away, *near;

	set_up(_i);
	far_away = event_new(base, -1, 0, spell, word("far "));
	event_add(far_away, &longest);
	near = timer_in(5, 0, spell_time, NULL);

	event_base_loop(base, EVLOOP_ONCE);

	ck_assert_str_eq(spelled(), "5 ");
	ck_assert_int_eq(event_pending(far_away, EV_TIMEOUT, NULL), EV_TIMEOUT);
	event_free(far_away);
	event_free(near);
	tear_down();
}

TEST_IN_SIMULATION(timers__set_in_a_callback_count_from_its_turn)
{
	int ms = 10;
	struct event *slow, *timer;

	set_up(_i);
	slow = timer_in(0, 0, spell_time_and_be_slow_once, &ms);
	turn(base);
	timer = timer_in(5, 0, spell_time, NULL);
	event_base_dispatch(base);

	ck_assert_str_eq(spelled(), "0 15 ");
	event_free(slow);
	event_free(timer);
	tear_down();
}

/* ---- Everywhere ---- */

TEST_EVERYWHERE(timers__timeout_of_nothing_comes_in_the_next_turn)
{
	struct event *timer;

	set_up(_i);
	timer = timer_in(0, 0, see, &seen);
	ck_assert_int_eq(event_pending(timer, EV_TIMEOUT, NULL), EV_TIMEOUT);

	turn(base);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.what, EV_TIMEOUT);
	ck_assert_int_eq(seen.fd, -1);
	event_free(timer);
	tear_down();
}

TEST_EVERYWHERE(timers__timeout_in_the_past_comes_in_the_next_turn)
{
	static const struct timeval past = {-1, 0};
	struct event *timer;

	set_up(_i);
	timer = event_new(base, -1, 0, see, &seen);
	ck_assert_int_eq(event_add(timer, &past), 0);

	turn(base);

	ck_assert_int_eq(seen.calls, 1);
	event_free(timer);
	tear_down();
}

TEST_EVERYWHERE(timers__of_one_time_run_in_the_order_of_adding)
{
	static const char *const letters[] = {"a", "b", "c", "d", "e", "f", "g"};
	struct event *timers[7];

	set_up(_i);
	for (int i = 0; i < 7; i++)
		timers[i] = timer_in(0, 0, spell, word(letters[i]));

	turn(base);

	ck_assert_str_eq(spelled(), "abcdefg");
	for (int i = 0; i < 7; i++)
		event_free(timers[i]);
	tear_down();
}

TEST_EVERYWHERE(timers__deleted_timer_does_not_run)
{
	struct event *timer;

	set_up(_i);
	timer = timer_in(0, 0, see, &seen);
	ck_assert_int_eq(evtimer_del(timer), 0);

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(seen.calls, 0);
	event_free(timer);
	tear_down();
}

TEST_EVERYWHERE(timers__timeout_ends_the_wait_for_a_descriptor)
{
	struct event *reader;

	set_up(_i);
	reader = event_new(base, ends[0], EV_READ, see, &seen);
	event_add(reader, MS(0));

	turn(base);

	ck_assert_int_eq(seen.what, EV_TIMEOUT);
	ck_assert_int_eq(event_pending(reader, EV_READ | EV_TIMEOUT, NULL), 0);
	event_free(reader);
	tear_down();
}

TEST_EVERYWHERE(timers__removed_timeout_leaves_the_descriptor)
{
	struct event *reader;

	set_up(_i);
	reader = event_new(base, ends[0], EV_READ, see, &seen);
	event_add(reader, MS(0));
	ck_assert_int_eq(event_remove_timer(reader), 0);
	ck_assert_int_eq(event_remove_timer(reader), 0);
	ck_assert_int_eq(event_pending(reader, EV_READ | EV_TIMEOUT, NULL), EV_READ);
	turn(base);
	ck_assert_int_eq(seen.calls, 0);

	put(ends[1], "x");
	turn(base);

	ck_assert_int_eq(seen.what, EV_READ);
	event_free(reader);
	tear_down();
}

TEST_EVERYWHERE(timers__timer_added_again_while_it_is_active_waits_anew)
{
	struct event *timer;

	set_up(_i);
	timer = event_new(base, -1, 0, see, &seen);
	event_active(timer, EV_TIMEOUT, 1);
	event_add(timer, MS(1000000));

	turn(base);

	ck_assert_int_eq(seen.calls, 0);
	ck_assert_int_eq(event_pending(timer, EV_TIMEOUT, NULL), EV_TIMEOUT);
	event_free(timer);
	tear_down();
}

TEST_EVERYWHERE(event_pending__returns_the_wall_clock_time_of_a_timeout)
{
	struct event *timer;
	struct timeval before, after, until = {0, 0}, untouched = {1, 2};

	set_up(_i);
	event_base_gettimeofday_cached(base, &before);
	timer = timer_in(100000, 0, see, &seen);

	ck_assert_int_eq(event_pending(timer, EV_TIMEOUT, &until), EV_TIMEOUT);
	ck_assert_int_eq(event_pending(timer, EV_READ, &untouched), 0);

	event_base_gettimeofday_cached(base, &after);
	ck_assert_int_ge(until.tv_sec - before.tv_sec, 99);
	ck_assert_int_le(until.tv_sec - after.tv_sec, 101);
	ck_assert_int_eq(untouched.tv_sec, 1);
	ck_assert_int_eq(untouched.tv_usec, 2);
	event_free(timer);
	tear_down();
}

/* More than come due in one turn, of many and of one duration. */
TEST_EVERYWHERE(timers__thousands_of_timers_all_run)
{
	enum { COUNT = 3000 };
	struct event *timers[COUNT];

	set_up(_i);
	for (int i = 0; i < COUNT; i++) {
		struct timeval span = {0, i % 2 ? i : 7};

		timers[i] = event_new(base, -1, 0, see, &seen);
		event_add(timers[i], &span);
	}

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(seen.calls, COUNT);
	for (int i = 0; i < COUNT; i++)
		event_free(timers[i]);
	tear_down();
}

TEST_EVERYWHERE(timers__once_runs_all_timers_that_are_due)
{
	enum { COUNT = 3000 };
	struct event *timers[COUNT], *idle;

	set_up(_i);
	idle = keep_alive(base);
	for (int i = 0; i < COUNT; i++)
		timers[i] = timer_in(0, 0, see, &seen);

	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);

	ck_assert_int_eq(seen.calls, COUNT);
	for (int i = 0; i < COUNT; i++)
		event_free(timers[i]);
	event_free(idle);
	tear_down();
}

/* ---- Common timeouts ---- */

TEST_EVERYWHERE(timers__common_timeout_is_one_value)
{
	struct timeval long_second = {1, 2500000}, three_and_a_half = {3, 500000};
	const struct timeval *common;

	set_up(_i);
	common = event_base_init_common_timeout(base, MS(20));

	ck_assert_ptr_nonnull(common);
	ck_assert_ptr_eq(event_base_init_common_timeout(base, MS(20)), common);
	ck_assert_ptr_eq(event_base_init_common_timeout(base, common), common);
	ck_assert_ptr_ne(event_base_init_common_timeout(base, MS(21)), common);
	ck_assert_ptr_eq(event_base_init_common_timeout(base, &long_second),
	    event_base_init_common_timeout(base, &three_and_a_half));
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
	tear_down();
}

TEST_EVERYWHERE(timers__too_many_common_timeouts_are_refused)
{
	set_up(_i);
	keep_log();
	for (int i = 0; i < 256; i++)
		ck_assert_ptr_nonnull(event_base_init_common_timeout(base, MS(i + 1)));

	ck_assert_ptr_null(event_base_init_common_timeout(base, MS(300)));

	ck_assert(was_logged("event_base_init_common_timeout: Too many common timeouts already in "
			     "use; we only support 256 per event_base"));
	ck_assert_ptr_nonnull(event_base_init_common_timeout(base, MS(200)));
	tear_down();
}

TEST_IN_SIMULATION(timers__common_and_plain_timeouts_run_by_deadline)
{
	static const int spans[] = {30, 10, 20, 10, 40};
	struct event *timers[5];

	set_up(_i);
	for (int i = 0; i < 5; i++) {
		const struct timeval *span = MS(spans[i]);

		if (i % 2)
			span = event_base_init_common_timeout(base, span);
		timers[i] = event_new(base, -1, 0, spell_time, NULL);
		ck_assert_int_eq(event_add(timers[i], span), 0);
	}

	event_base_dispatch(base);

	ck_assert_str_eq(spelled(), "10 10 20 30 40 ");
	for (int i = 0; i < 5; i++)
		event_free(timers[i]);
	tear_down();
}

TEST_EVERYWHERE(timers__common_timeout_added_again_goes_to_the_end)
{
	static const char *const letters[] = {"a", "b", "c"};
	struct event *timers[3];
	const struct timeval *common;

	set_up(_i);
	common = event_base_init_common_timeout(base, MS(1));
	for (int i = 0; i < 3; i++) {
		timers[i] = event_new(base, -1, 0, spell, word(letters[i]));
		event_add(timers[i], common);
	}
	event_add(timers[0], common);

	event_base_dispatch(base);

	ck_assert_str_eq(spelled(), "bca");
	for (int i = 0; i < 3; i++)
		event_free(timers[i]);
	tear_down();
}

TEST_IN_SIMULATION(timers__common_timeout_may_be_copied)
{
	struct timeval copy;
	struct event *timer;

	set_up(_i);
	copy = *event_base_init_common_timeout(base, MS(15));
	timer = event_new(base, -1, EV_PERSIST, spell_time, NULL);
	event_add(timer, &copy);

	event_base_loop(base, EVLOOP_ONCE);
	event_base_loop(base, EVLOOP_ONCE);

	ck_assert_str_eq(spelled(), "15 30 ");
	event_free(timer);
	tear_down();
}

/* ---- Clocks ---- */

static void
compare_clocks(evutil_socket_t fd, short what, void *ms)
{
	struct timeval first, second, monotonic, later;

	(void)fd;
	(void)what;
	event_base_gettimeofday_cached(base, &first);
	event_gettime_monotonic(base, &monotonic);
	pass(*(int *)ms);
	event_base_gettimeofday_cached(base, &second);
	event_gettime_monotonic(base, &later);
	spell_text(evutil_timercmp(&first, &second, ==) ? "cached " : "fresh ");
	spell_text(evutil_timercmp(&monotonic, &later, <) ? "fresh " : "cached ");
	ck_assert_int_eq(event_base_update_cache_time(base), 0);
	event_base_gettimeofday_cached(base, &second);
	spell_text(evutil_timercmp(&first, &second, <) ? "updated" : "stale");
}

TEST_IN_SIMULATION(timers__wall_clock_is_read_once_a_turn)
{
	int ms = 10;

	set_up(_i);
	event_base_once(base, -1, EV_TIMEOUT, compare_clocks, &ms, NULL);

	event_base_dispatch(base);

	ck_assert_str_eq(spelled(), "cached fresh updated");
	tear_down();
}

TEST_IN_SIMULATION(timers__base_may_read_the_clock_each_time)
{
	int ms = 10;
	struct event_config *config;

	backend = backend_under_test(_i);
	config = config_on(backend);
	event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME);
	base = base_from(backend, config);
	event_base_once(base, -1, EV_TIMEOUT, compare_clocks, &ms, NULL);

	event_base_dispatch(base);

	ck_assert_str_eq(spelled(), "fresh fresh updated");
	event_base_free(base);
}

TEST_EVERYWHERE(timers__clocks_outside_of_the_loop_are_fresh)
{
	struct timeval before, cached, after, monotonic;

	set_up(_i);
	gettimeofday(&before, NULL);
	ck_assert_int_eq(event_base_gettimeofday_cached(base, &cached), 0);
	gettimeofday(&after, NULL);

	if (!backend_is_simulated(backend)) {
		ck_assert(!evutil_timercmp(&cached, &after, >));
		ck_assert_int_ge(cached.tv_sec, before.tv_sec - 1);
	}
	ck_assert_int_eq(event_gettime_monotonic(base, &monotonic), 0);
	ck_assert_int_eq(event_gettime_monotonic(base, NULL), -1);
	ck_assert_int_eq(event_gettime_monotonic(NULL, &monotonic), -1);
	ck_assert_int_eq(event_base_gettimeofday_cached(NULL, &cached), 0);
	ck_assert_int_eq(event_base_update_cache_time(base), 0);
	ck_assert_int_eq(event_base_update_cache_time(NULL), -1);
	tear_down();
}
