/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Programs on a simulated base, through public functions alone.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <event2/watch.h>
#include <levin/sim.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/suite.h"

#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

static struct levin_sim *sim;
static struct event_base *base;
static int a;
static int b;

static void
set_up(void)
{
	int ends[2];

	sim = levin_sim_new(1, NULL);
	ck_assert_ptr_nonnull(sim);
	base = levin_sim_base_new(sim, NULL);
	ck_assert_ptr_nonnull(base);
	ck_assert_int_eq(levin_sim_socketpair(sim, ends), 0);
	a = ends[0];
	b = ends[1];
}

static void
tear_down(void)
{
	event_base_free(base);
	levin_sim_free(sim);
}

/* What a callback was told, and when. */
struct seen {
	int count;
	short what;
	evutil_socket_t fd;
	int64_t at_ns;
};

static void
note(evutil_socket_t fd, short what, void *arg)
{
	struct seen *seen = arg;

	seen->count++;
	seen->what = what;
	seen->fd = fd;
	seen->at_ns = levin_sim_now_ns(sim);
}

static void
read_all(evutil_socket_t fd, short what, void *arg)
{
	char bytes[100];

	note(fd, what, arg);
	while (levin_sim_read(fd, bytes, sizeof(bytes)) > 0)
		continue;
}

static struct event *
added(evutil_socket_t fd, short wants, event_callback_fn callback, void *arg,
    const struct timeval *timeout)
{
	struct event *ev = event_new(base, fd, wants, callback, arg);

	ck_assert_ptr_nonnull(ev);
	ck_assert_int_eq(event_add(ev, timeout), 0);
	return ev;
}

static void
write_a_byte(void *arg)
{
	ck_assert_int_eq(levin_sim_write(*(int *)arg, "x", 1), 1);
}

TEST_FIXTURE(set_up, tear_down);

TEST(levin_sim_base_new__the_base_says_that_it_is_simulated)
{
	ck_assert_str_eq(event_base_get_method(base), "sim");
	ck_assert_int_eq(event_base_get_features(base),
	    EV_FEATURE_ET | EV_FEATURE_O1 | EV_FEATURE_FDS | EV_FEATURE_EARLY_CLOSE);
	ck_assert_ptr_null(levin_sim_base_new(NULL, NULL));
	ck_assert_int_eq(errno, EINVAL);
}

TEST(levin_sim_base_new__a_day_passes_at_once_and_to_the_microsecond)
{
	static const struct timeval day = {86400, 1};
	int64_t start_ns = levin_sim_now_ns(sim);
	struct seen seen = {0};
	struct event *timer = added(-1, 0, note, &seen, &day);

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(seen.count, 1);
	ck_assert_int_eq(seen.what, EV_TIMEOUT);
	ck_assert_int_eq(seen.at_ns - start_ns, 86400 * S + 1000);
	event_free(timer);
}

TEST(levin_sim_base_new__a_byte_wakes_its_reader_after_its_latency)
{
	struct levin_sim_options far = {.latency_min_ns = 40 * MS, .latency_max_ns = 40 * MS};
	int64_t start_ns = levin_sim_now_ns(sim);
	struct seen seen = {0};
	struct event *reader = added(b, EV_READ, read_all, &seen, NULL);

	ck_assert_int_eq(levin_sim_set_options(sim, &far), 0);
	write_a_byte(&a);
	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(seen.what, EV_READ);
	ck_assert_int_eq(seen.fd, b);
	ck_assert_int_eq(seen.at_ns - start_ns, 40 * MS);
	event_free(reader);
}

TEST(levin_sim_base_new__waiting_for_ever_for_nothing_ends_the_loop)
{
	struct seen seen = {0};
	struct event *reader = added(b, EV_READ, read_all, &seen, NULL);

	ck_assert_int_eq(event_base_dispatch(base), -1);

	ck_assert_int_eq(seen.count, 0);
	write_a_byte(&a);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(seen.count, 1);
	event_free(reader);
}

TEST(levin_sim_base_new__the_outside_world_can_be_scripted)
{
	int64_t start_ns = levin_sim_now_ns(sim);
	struct seen seen = {0};
	struct event *reader = added(b, EV_READ | EV_PERSIST, read_all, &seen, NULL);

	for (int i = 1; i <= 3; i++)
		ck_assert_int_eq(levin_sim_at(sim, i * S, write_a_byte, &a), 0);
	ck_assert_int_eq(event_base_dispatch(base), -1);

	ck_assert_int_eq(seen.count, 3);
	ck_assert_int_eq(seen.at_ns - start_ns, 3 * S);
	event_free(reader);
}

static void
add_now(void *arg)
{
	static const struct timeval second = {1, 0};

	ck_assert_int_eq(event_add(arg, &second), 0);
}

TEST(levin_sim_base_new__what_the_world_adds_during_a_wait_counts_at_once)
{
	static const struct timeval hour = {3600, 0};
	int64_t start_ns = levin_sim_now_ns(sim);
	struct seen late = {0};
	struct seen soon = {0};
	struct event *slow = added(-1, 0, note, &late, &hour);
	struct event *quick = event_new(base, -1, 0, note, &soon);

	ck_assert_int_eq(levin_sim_at(sim, S, add_now, quick), 0);
	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(soon.at_ns - start_ns, 2 * S);
	ck_assert_int_eq(late.at_ns - start_ns, 3600 * S);
	event_free(slow);
	event_free(quick);
}

TEST(levin_sim_base_new__signals_call_as_often_as_they_came)
{
	struct seen seen = {0};
	struct seen other = {0};
	struct event *hup = added(SIGHUP, EV_SIGNAL | EV_PERSIST, note, &seen, NULL);
	struct event *term = added(SIGTERM, EV_SIGNAL | EV_PERSIST, note, &other, NULL);

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(levin_sim_raise(sim, SIGHUP, 0), 0);
	ck_assert_int_eq(levin_sim_raise(sim, SIGTERM, S), 0);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(seen.count, 3);
	ck_assert_int_eq(seen.what, EV_SIGNAL);
	ck_assert_int_eq(seen.fd, SIGHUP);
	ck_assert_int_eq(other.count, 0);

	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);

	ck_assert_int_eq(other.count, 1);
	event_free(hup);
	event_free(term);
}

TEST(levin_sim_base_new__real_signals_are_not_touched)
{
	struct sigaction before;
	struct sigaction during;
	struct seen seen = {0};
	struct event *ev;

	ck_assert_int_eq(sigaction(SIGUSR1, NULL, &before), 0);
	ev = added(SIGUSR1, EV_SIGNAL, note, &seen, NULL);
	ck_assert_int_eq(sigaction(SIGUSR1, NULL, &during), 0);

	ck_assert(during.sa_handler == before.sa_handler);
	event_free(ev);
}

TEST(levin_sim_base_new__removing_the_timer_of_a_signal_event_leaves_its_calls)
{
	static const struct timeval second = {1, 0};
	struct seen seen = {0};
	struct event *ev = added(SIGHUP, EV_SIGNAL | EV_PERSIST, note, &seen, &second);

	event_active(ev, EV_SIGNAL, 2);
	ck_assert_int_eq(event_remove_timer(ev), 0);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 0);

	ck_assert_int_eq(seen.count, 2);
	event_free(ev);
}

TEST(levin_sim_base_new__a_jump_of_the_wall_clock_moves_no_timer)
{
	static const struct timeval minute = {60, 0};
	int64_t start_ns = levin_sim_now_ns(sim);
	struct seen seen = {0};
	struct event *timer = added(-1, 0, note, &seen, &minute);
	struct timeval now;

	levin_sim_jump_wall(sim, -3600 * S);
	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(seen.at_ns - start_ns, 60 * S);
	ck_assert_int_eq(event_base_gettimeofday_cached(base, &now), 0);
	ck_assert_int_eq(now.tv_sec, 1600000000 - 3600 + 60);
	event_free(timer);
}

static void
work_for_two_seconds(evutil_socket_t fd, short what, void *arg)
{
	note(fd, what, arg);
	levin_sim_spend(sim, 2 * S);
}

TEST(levin_sim_base_new__a_busy_callback_makes_the_next_timer_late)
{
	static const struct timeval one = {1, 0};
	static const struct timeval two = {2, 0};
	int64_t start_ns = levin_sim_now_ns(sim);
	struct seen first = {0};
	struct seen second = {0};
	struct event *busy = added(-1, 0, work_for_two_seconds, &first, &one);
	struct event *timer = added(-1, 0, note, &second, &two);

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(first.at_ns - start_ns, S);
	ck_assert_int_eq(second.at_ns - start_ns, 3 * S);
	event_free(busy);
	event_free(timer);
}

TEST(levin_sim_base_new__real_descriptors_are_refused)
{
	struct event *ev = event_new(base, STDIN_FILENO, EV_READ, note, NULL);

	ck_assert_int_eq(event_add(ev, NULL), -1);
	ck_assert_int_eq(errno, EBADF);
	event_free(ev);
}

TEST(levin_sim_base_new__closed_descriptors_are_refused)
{
	struct event *ev = event_new(base, a, EV_READ, note, NULL);

	ck_assert_int_eq(evutil_closesocket(a), 0);
	ck_assert_int_eq(event_add(ev, NULL), -1);
	ck_assert_int_eq(errno, EBADF);
	event_free(ev);
}

TEST(levin_sim_base_new__a_closed_peer_is_reported_early)
{
	struct seen seen = {0};
	struct event *ev = added(b, EV_CLOSED, note, &seen, NULL);

	ck_assert_int_eq(evutil_closesocket(a), 0);
	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(seen.what, EV_CLOSED);
	event_free(ev);
}

TEST(levin_sim_base_new__an_edge_is_reported_once)
{
	static const struct timeval second = {1, 0};
	struct seen seen = {0};
	struct event *ev = added(b, EV_READ | EV_PERSIST | EV_ET, note, &seen, NULL);

	write_a_byte(&a);
	ck_assert_int_eq(levin_sim_at(sim, S / 2, write_a_byte, &a), 0);
	ck_assert_int_eq(event_base_loopexit(base, &second), 0);
	ck_assert_int_eq(event_base_dispatch(base), 0);

	ck_assert_int_eq(seen.count, 2);
	ck_assert_int_eq(seen.what, EV_READ | EV_ET);
	event_free(ev);
}

/* Reads, and tries what is not allowed for those who are still to be called. */
static void
set_priorities_of_others(evutil_socket_t fd, short what, void *arg)
{
	struct event **readers = arg;
	int refused = 0;

	(void)what;
	ck_assert_int_eq(levin_sim_read(fd, (char[1]){0}, 1), 1);
	for (int i = 0; i < 6; i++)
		refused += event_priority_set(readers[i], 0) < 0;
	ck_assert_int_eq(refused, event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE));
}

TEST(levin_sim_base_new__the_priority_of_an_event_that_was_reported_ready_stays)
{
	struct event *readers[6];

	for (int i = 0; i < 6; i++) {
		int ends[2];

		ck_assert_int_eq(levin_sim_pipe(sim, ends), 0);
		readers[i] =
		    added(ends[0], EV_READ | EV_PERSIST, set_priorities_of_others, readers, NULL);
		ck_assert_int_eq(levin_sim_write(ends[1], "x", 1), 1);
	}
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);

	for (int i = 0; i < 6; i++)
		event_free(readers[i]);
}

static void
count_turn(struct evwatch *watch, const struct evwatch_prepare_cb_info *info, void *arg)
{
	(void)watch;
	(void)info;
	++*(int *)arg;
}

/* A duplicate keeps the old socket reporting under a number that is another one's now. */
TEST(levin_sim_base_new__a_stale_registration_does_not_spin_the_loop)
{
	static const struct timeval second = {1, 0};
	struct seen old_seen = {0};
	struct seen new_seen = {0};
	struct event *old_writer = added(a, EV_WRITE | EV_PERSIST, note, &old_seen, NULL);
	struct event *reader;
	int turns = 0;
	int ends[2];

	evwatch_prepare_new(base, count_turn, &turns);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_ge(levin_sim_dup(a), 0);
	ck_assert_int_eq(evutil_closesocket(a), 0);
	event_free(old_writer);
	ck_assert_int_eq(levin_sim_socketpair(sim, ends), 0);
	ck_assert_int_eq(ends[0], a);
	reader = added(a, EV_READ | EV_PERSIST, read_all, &new_seen, NULL);
	ck_assert_int_eq(levin_sim_at(sim, S / 2, write_a_byte, &ends[1]), 0);
	ck_assert_int_eq(event_base_loopexit(base, &second), 0);
	ck_assert_int_eq(event_base_dispatch(base), 0);

	ck_assert_int_eq(old_seen.count, 1);
	ck_assert_int_eq(new_seen.count, 1);
	ck_assert_int_lt(turns, 10);
	event_free(reader);
}

TEST(levin_sim_fail_allocations__on_a_simulated_base)
{
	struct seen seen = {0};
	struct event *ev;

	ck_assert_int_eq(levin_sim_fail_allocations(sim, 1, 0), 0);
	ck_assert_ptr_null(event_new(base, b, EV_READ, note, &seen));
	ck_assert_ptr_null(levin_sim_base_new(sim, NULL));
	ck_assert_int_eq(levin_sim_fail_allocations(sim, 0, 0), 0);
	ev = added(b, EV_READ, note, &seen, NULL);

	write_a_byte(&a);
	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(seen.count, 1);
	event_free(ev);
}

/* A server and its client, each on a base of its own. */
struct ends {
	struct event *client;
	struct event *accepting;
	struct event *server;
	struct event_base *server_base;
	struct seen seen;
};

static void
answer_and_close(evutil_socket_t fd, short what, void *arg)
{
	struct ends *ends = arg;
	char byte;

	(void)what;
	ck_assert_int_eq(levin_sim_read(fd, &byte, 1), 1);
	ck_assert_int_eq(levin_sim_write(fd, &byte, 1), 1);
	ck_assert_int_eq(evutil_closesocket(fd), 0);
	event_free(ends->server);
}

static void
accept_one(evutil_socket_t fd, short what, void *arg)
{
	struct ends *ends = arg;
	int accepted = levin_sim_accept(fd);

	(void)what;
	ck_assert_int_ge(accepted, 0);
	ends->server = event_new(ends->server_base, accepted, EV_READ, answer_and_close, ends);
	ck_assert_int_eq(event_add(ends->server, NULL), 0);
}

static void
hear_answer(evutil_socket_t fd, short what, void *arg)
{
	struct ends *ends = arg;

	read_all(fd, what, &ends->seen);
}

static void
say_hello(evutil_socket_t fd, short what, void *arg)
{
	struct ends *ends = arg;

	(void)what;
	ck_assert_int_eq(levin_sim_error(fd), 0);
	ck_assert_int_eq(levin_sim_write(fd, "x", 1), 1);
	ck_assert_int_eq(event_assign(ends->client, base, fd, EV_READ, hear_answer, ends), 0);
	ck_assert_int_eq(event_add(ends->client, NULL), 0);
}

TEST(levin_sim_base_new__a_client_and_a_server_run_by_turns)
{
	struct levin_sim_options far = {.latency_min_ns = 10 * MS, .latency_max_ns = 10 * MS};
	int64_t start_ns = levin_sim_now_ns(sim);
	struct ends ends = {0};
	struct event_base *bases[2] = {base};
	int listener = levin_sim_listener(sim, 80, 5);

	ck_assert_int_eq(levin_sim_set_options(sim, &far), 0);
	ends.server_base = levin_sim_base_new(sim, NULL);
	bases[1] = ends.server_base;
	ends.accepting = event_new(ends.server_base, listener, EV_READ, accept_one, &ends);
	ck_assert_int_eq(event_add(ends.accepting, NULL), 0);
	ends.client = added(levin_sim_connect(sim, 80), EV_WRITE, say_hello, &ends, NULL);

	ck_assert_int_eq(levin_sim_run(sim, bases, 2), 1);

	ck_assert_int_eq(ends.seen.count, 1);
	ck_assert_int_eq(ends.seen.at_ns - start_ns, 40 * MS);
	event_free(ends.client);
	event_free(ends.accepting);
	event_base_free(ends.server_base);
}

static void
stop(evutil_socket_t fd, short what, void *arg)
{
	note(fd, what, arg);
	event_base_loopbreak(base);
}

TEST(levin_sim_run__until_one_base_is_stopped)
{
	static const struct timeval second = {1, 0};
	static const struct timeval half = {0, 500000};
	struct event_base *other = levin_sim_base_new(sim, NULL);
	struct event_base *bases[2] = {base, other};
	struct seen stopped = {0};
	struct seen ticked = {0};
	struct event *stopper = added(-1, 0, stop, &stopped, &second);
	struct event *ticker = event_new(other, -1, EV_PERSIST, note, &ticked);

	ck_assert_int_eq(event_add(ticker, &half), 0);

	ck_assert_int_eq(levin_sim_run(sim, bases, 2), 0);

	ck_assert_int_eq(stopped.count, 1);
	ck_assert_int_ge(ticked.count, 1);
	event_free(stopper);
	event_free(ticker);
	event_base_free(other);
}

TEST(levin_sim_base_new__bases_of_other_simulations_are_not_run)
{
	struct event_base *real = event_base_new();
	struct event_base *bases[2] = {base, real};

	ck_assert_int_eq(levin_sim_run(sim, bases, 2), -1);
	ck_assert_int_eq(errno, EINVAL);
	event_base_free(real);
}
