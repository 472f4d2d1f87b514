/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where others end: twenty thousand descriptors, a million timers, a thousand forks, the
 * limit of descriptors, and clocks that jump by an hour.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <fcntl.h>
#include <levin/post.h>
#include <levin/sim.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/platform.h"
#include "support/backends.h"
#include "support/loop_kit.h"

/* The first way of each backend: without locks and debug mode. */
static const struct backend_under_test *
plain_backend(int number)
{
	int ways = backends_and_sim_count() - backends_under_test_count();

	return backend_under_test(number * ways);
}

static int
plain_backends_count(void)
{
	return backends_under_test_count() /
	       (backends_and_sim_count() - backends_under_test_count());
}

/* ---- Twenty thousand descriptors ---- */

static int
descriptors_to_hear(void)
{
	return suite_is_emulated() ? FD_SETSIZE - 100 : 19900;
}

static void
take_number(evutil_socket_t fd, short what, void *count)
{
	uint64_t number;

	(void)what;
	ck_assert_int_eq(read(fd, &number, sizeof(number)), sizeof(number));
	++*(int *)count;
}

static int
raise_limit(int wanted)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < (rlim_t)wanted)
		wanted = (int)limit.rlim_max;
	limit.rlim_cur = (rlim_t)wanted;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return wanted;
}

TEST_RANGE(loop__twenty_thousand_descriptors, 0, plain_backends_count())
{
	int count = raise_limit(descriptors_to_hear() + 64) - 64;
	struct event_base *base = base_on(plain_backend(_i));
	struct event *events = calloc((size_t)count, sizeof(*events));
	const uint64_t one = 1;
	int heard = 0;

	ck_assert_ptr_nonnull(events);
	for (int i = 0; i < count; i++) {
		int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

		ck_assert_int_ge(fd, 0);
		event_assign(&events[i], base, fd, EV_READ | EV_PERSIST, take_number, &heard);
		ck_assert_int_eq(event_add(&events[i], NULL), 0);
	}
	for (int round = 1; round <= 2; round++) {
		for (int i = 0; i < count; i++)
			ck_assert_int_eq(
			    write(event_get_fd(&events[i]), &one, sizeof(one)), sizeof(one));
		for (int turns = 0; heard < count * round && turns < count; turns++)
			ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
		ck_assert_int_eq(heard, count * round);
	}
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	ck_assert_int_eq(heard, count * 2);
	for (int i = 0; i < count; i++) {
		ck_assert_int_eq(event_del(&events[i]), 0);
		ck_assert_int_eq(close(event_get_fd(&events[i])), 0);
	}
	ck_assert_int_eq(event_base_loop(base, 0), 1);
	event_base_free(base);
	free(events);
}

/* ---- A million timers ---- */

enum { TIMERS = 1000000, TICK_MS = 100, TICKS = 9973 };

static struct event_base *base;
static struct levin_sim *sim;
static int fired;
static int64_t start_ns, latest_ns;

/* The order of deadlines is the order of calls, and each comes at its time. */
static void
on_time(evutil_socket_t fd, short what, void *tick)
{
	int64_t now_ns = levin_sim_now_ns(sim);
	int64_t due_ns = start_ns + (int64_t)(intptr_t)tick * TICK_MS * 1000000;

	(void)fd;
	(void)what;
	if (due_ns != now_ns || due_ns < latest_ns)
		ck_abort_msg("due %lld, called %lld, the one before %lld", (long long)due_ns,
		    (long long)now_ns, (long long)latest_ns);
	latest_ns = due_ns;
	fired++;
}

TEST(timers__a_million_fire_in_order_and_on_time)
{
	struct event *timers = calloc(TIMERS, sizeof(*timers));
	int deleted = 0;

	ck_assert_ptr_nonnull(timers);
	sim = simulation_under_test();
	base = levin_sim_base_new(sim, NULL);
	ck_assert_ptr_nonnull(base);
	start_ns = levin_sim_now_ns(sim);
	for (int i = 0; i < TIMERS; i++) {
		int64_t tick = 1 + (int64_t)i * 7919 % TICKS;
		int64_t ms = tick * TICK_MS;

		evtimer_assign(&timers[i], base, on_time, (void *)(intptr_t)tick);
		/* One in ten is set elsewhere first, and moved. */
		if (i % 10 == 0)
			ck_assert_int_eq(event_add(&timers[i], MS(i % 1000 + 1)), 0);
		ck_assert_int_eq(event_add(&timers[i], MS(ms)), 0);
	}
	for (int i = 0; i < TIMERS; i += 3, deleted++)
		ck_assert_int_eq(event_del(&timers[i]), 0);

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(fired, TIMERS - deleted);
	event_base_free(base);
	free(timers);
	levin_sim_free(sim);
}

/* ---- A thousand forks ---- */

enum { CHAINS = 50, GENERATIONS = 20 };

static evutil_socket_t ends[2];
static struct seen seen;

/* 0, or what is wrong with the loop that was inherited. */
static int
try_inherited_loop(void)
{
	int calls = seen.calls;

	if (event_reinit(base) < 0)
		return 10;
	put(ends[1], "x");
	if (event_base_loop(base, EVLOOP_ONCE) != 0 || seen.calls != calls + 1)
		return 11;
	if (event_base_loop(base, EVLOOP_NONBLOCK) != 0 || seen.calls != calls + 1)
		return 12;
	return 0;
}

/* Each generation does its work and bears the next. */
static void
live(void)
{
	for (int generation = 1;; generation++) {
		int status = try_inherited_loop();
		pid_t child;

		if (status != 0 || generation == GENERATIONS)
			_exit(status);
		child = fork();
		if (child == 0)
			continue;
		if (child < 0 || waitpid(child, &status, 0) != child)
			_exit(13);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 14);
	}
}

TEST_RANGE(event_reinit__a_thousand_forks, 0, plain_backends_count())
{
	const struct backend_under_test *backend = plain_backend(_i);
	struct event *reader, *waiter;

	base = base_on(backend);
	open_pair(backend, ends);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, see_and_take, &seen);
	waiter = event_new(base, ends[1], EV_READ | EV_PERSIST, see, &seen);
	event_add(reader, NULL);
	event_add(waiter, NULL);
	for (int i = 0; i < CHAINS; i++) {
		pid_t child = fork();
		int status;

		if (child == 0)
			live();
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_int_eq(status, 0);
		put(ends[1], "x");
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
		ck_assert_int_eq(seen.calls, i + 1);
	}
	event_free(reader);
	event_free(waiter);
	event_base_free(base);
	close_pair(ends);
}

/* ---- The limit of descriptors ---- */

static rlim_t limit_outside;

/* So many descriptors can still be opened, also where one was inherited with a high number. */
static void
leave_room_for(int spare)
{
	struct rlimit limit;
	int end;

	for (end = 0; fcntl(end, F_GETFD) >= 0 || spare-- > 0; end++)
		;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit_outside = limit.rlim_cur;
	limit.rlim_cur = (rlim_t)end;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void
lift_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit_outside;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void
count_post(void *count)
{
	++*(int *)count;
}

static void
reach_limit_with(int spare, int flags)
{
	struct event_config *config = event_config_new();
	struct event *hearer, *reader;
	int posts = 0, added, notifiable;
	struct seen heard = {0};

	event_config_set_flag(config, flags);
	seen = (struct seen){0};
	leave_room_for(spare);
	/* Without room for an epoll set, another backend serves. */
	base = event_base_new_with_config(config);
	ck_assert_ptr_nonnull(base);
	ck_assert_int_eq(strcmp(event_base_get_method(base), "epoll") == 0,
	    spare > (flags & EVENT_BASE_FLAG_USE_SIGNALFD ? 1 : 0));
	hearer = evsignal_new(base, SIGUSR1, see, &heard);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, see_and_take, &seen);
	ck_assert_int_eq(event_add(reader, NULL), 0);
	added = event_add(hearer, NULL);
	notifiable = evthread_make_base_notifiable(base);
	ck_assert(spare >= 5 ? added == 0 && notifiable == 0 : added <= 0 && notifiable <= 0);
	ck_assert(spare > 0 || (added < 0 && notifiable < 0));
	put(ends[1], "x");
	ck_assert_int_eq(levin_post(base, count_post, &posts), 0);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(posts, 1);
	lift_limit();

	if (added < 0)
		ck_assert_int_eq(event_add(hearer, NULL), 0);
	ck_assert_int_eq(evthread_make_base_notifiable(base), 0);
	raise(SIGUSR1);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(heard.calls, 1);
	event_free(hearer);
	event_free(reader);
	event_base_free(base);
	event_config_free(config);
}

TEST_RANGE(event_base_new__at_the_limit_of_descriptors, 0, LVN_HAVE_EPOLL ? 3 : 0)
{
	static const int flags[] = {0, EVENT_BASE_FLAG_USE_SIGNALFD, EVENT_BASE_FLAG_PRECISE_TIMER};

	keep_log();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	for (int spare = 0; spare < 8; spare++)
		reach_limit_with(spare, flags[_i]);
	leave_room_for(1);
	ck_assert_int_eq(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, (evutil_socket_t[2]){0}), -1);
	ck_assert_int_eq(errno, EMFILE);
	lift_limit();
	close_pair(ends);
}

/* ---- Clocks that jump ---- */

/* Functions in the executable come before the C library's. */
#if LONG_MAX > INT32_MAX
#define CAN_SHIFT_WALL 1

static atomic_int wall_shift_s;

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, now);

	if (rc == 0 && clock == CLOCK_REALTIME)
		now->tv_sec += atomic_load(&wall_shift_s);
	return rc;
}

int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec fine;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &fine);
	*now = (struct timeval){fine.tv_sec, fine.tv_nsec / 1000};
	return 0;
}

static int64_t
steady_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
jump(evutil_socket_t fd, short what, void *by_s)
{
	struct timeval cached, now;

	(void)fd;
	(void)what;
	atomic_fetch_add(&wall_shift_s, *(int *)by_s);
	event_base_gettimeofday_cached(base, &cached);
	gettimeofday(&now, NULL);
	/* From the next turn on, at the latest after some seconds, both agree again. */
	ck_assert_int_le(llabs((long long)(cached.tv_sec - now.tv_sec)), 3660);
}

TEST_RANGE(timers__wall_clock_of_the_kernel_jumps_by_an_hour, 0, 2 * plain_backends_count())
{
	static const int jumps_s[] = {3600, -3600};
	struct event *leaper, *beat, *once;
	struct seen beats = {0}, last = {0};
	int by_s = jumps_s[_i / plain_backends_count()];
	int64_t start_ms = steady_ms();

	base = base_on(plain_backend(_i % plain_backends_count()));
	leaper = event_new(base, -1, 0, jump, &by_s);
	beat = event_new(base, -1, EV_PERSIST, see, &beats);
	once = event_new(base, -1, 0, see, &last);
	event_add(leaper, MS(10));
	event_add(beat, MS(20));
	event_add(once, MS(90));

	while (last.calls == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);

	ck_assert_int_ge(steady_ms() - start_ms, 85);
	ck_assert_int_le(steady_ms() - start_ms, 60000);
	ck_assert_int_ge(beats.calls, 1);
	ck_assert_int_le(beats.calls, 5);
	event_free(leaper);
	event_free(beat);
	event_free(once);
	event_base_free(base);
}
#else
#define CAN_SHIFT_WALL 0
#endif

static void
jump_simulated(void *by_ns)
{
	levin_sim_jump_wall(sim, *(int64_t *)by_ns);
}

TEST(timers__simulated_wall_clock_jumps_by_an_hour)
{
	static int64_t jumps_ns[] = {INT64_C(3600000000000), INT64_C(-3600000000000)};
	struct seen beats = {0};
	struct event *beat;

	sim = simulation_under_test();
	base = levin_sim_base_new(sim, NULL);
	ck_assert_ptr_nonnull(base);
	beat = event_new(base, -1, EV_PERSIST, see, &beats);
	event_add(beat, MS(1000));
	for (int i = 0; i < 2000; i++)
		ck_assert_int_eq(
		    levin_sim_at(sim, i * INT64_C(1500000000), jump_simulated, &jumps_ns[i / 1000]),
		    0);
	start_ns = levin_sim_now_ns(sim);

	event_base_loopexit(base, MS(3600500));
	ck_assert_int_eq(event_base_dispatch(base), 0);

	ck_assert_int_eq(beats.calls, 3600);
	event_free(beat);
	event_base_free(base);
	levin_sim_free(sim);
}
