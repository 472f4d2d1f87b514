/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every backend of a real kernel must do, run on each of them.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/platform.h"
#include "loop/backend.h"
#include "loop/wakeup.h"
#include "support/suite.h"
#include "unit/loop/backend_kit.h"

static const struct backend_ops *const backends[] = {
    &lvn_backend_poll,
    &lvn_backend_select,
#if LVN_HAVE_EPOLL
    &lvn_backend_epoll,
#endif
};
enum { BACKENDS = sizeof(backends) / sizeof(backends[0]) };
enum { BACKENDS_WITH_ARRAYS = 2 }; /* the first ones, which allocate for what is watched */

/* ---- what is ready ---- */

TEST_RANGE(backends__descriptor_is_reported_while_it_can_be_read, 0, BACKENDS)
{
	struct kit kit;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	kit_open(&kit, backends[_i]);
	kit_watch(&kit, ends[0], EV_READ);
	kit_turn(&kit, 0);
	ck_assert_uint_eq(kit.ready.count, 0);
	ck_assert(!kit.woken);

	kit_fill(ends[1]);
	for (int i = 0; i < 2; i++) {
		kit_turn(&kit, -1);
		ck_assert_uint_eq(kit.ready.count, 1);
		ck_assert_int_eq(kit_reported(&kit, ends[0]), EV_READ);
	}

	kit_empty(ends[0]);
	kit_turn(&kit, 0);
	ck_assert_uint_eq(kit.ready.count, 0);
	kit_close(&kit);
	kit_close_both(ends);
}

TEST_RANGE(backends__only_what_is_wanted_is_reported, 0, BACKENDS)
{
	static const short wants[] = {EV_WRITE, EV_READ, EV_READ | EV_WRITE, EV_WRITE, EV_READ};
	struct kit kit;
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	kit_fill(ends[1]);
	kit_open(&kit, backends[_i]);

	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		kit_watch(&kit, ends[0], wants[i]);
		kit_turn(&kit, -1);
		ck_assert_int_eq(kit_reported(&kit, ends[0]), wants[i]);
	}

	kit_watch(&kit, ends[0], 0);
	kit_turn(&kit, 0);
	ck_assert_uint_eq(kit.ready.count, 0);
	kit_close(&kit);
	kit_close_both(ends);
}

TEST_RANGE(backends__each_of_many_is_reported_for_itself, 0, BACKENDS)
{
	enum { MANY = 100 };
	int ends[MANY][2];
	struct kit kit;

	kit_open(&kit, backends[_i]);
	for (int i = 0; i < MANY; i++) {
		ck_assert_int_eq(pipe(ends[i]), 0);
		kit_watch(&kit, ends[i][0], EV_READ);
		if (i % 3 == 0)
			kit_fill(ends[i][1]);
	}
	/* Every second one leaves again, in the middle of the others. */
	for (int i = 0; i < MANY; i += 2)
		kit_watch(&kit, ends[i][0], 0);

	kit_turn(&kit, -1);

	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(
		    kit_reported(&kit, ends[i][0]), i % 2 == 1 && i % 3 == 0 ? EV_READ : 0);
	kit_close(&kit);
	for (int i = 0; i < MANY; i++)
		kit_close_both(ends[i]);
}

static void
allow_descriptors(rlim_t count)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_msg(limit.rlim_max >= count, "needs %d descriptors", (int)count);
	if (limit.rlim_cur < count) {
		limit.rlim_cur = count;
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	}
}

/* False under qemu-user, which does not survive it: nothing can be shown there. */
static bool
machine_selects_beyond_fd_setsize(void)
{
	static fd_set sets[2];
	struct timeval at_once = {0, 0};
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(select(2 * FD_SETSIZE, sets, NULL, NULL, &at_once) == 0 ? 0 : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status == 0;
}

static bool
backend_goes_beyond_fd_setsize(const struct backend_ops *ops)
{
	return ops != &lvn_backend_select || machine_selects_beyond_fd_setsize();
}

TEST_RANGE(backends__descriptors_beyond_fd_setsize_are_watched, 0, BACKENDS)
{
	int ends[2], high;
	struct kit kit;

	if (!backend_goes_beyond_fd_setsize(backends[_i]))
		return;
	allow_descriptors(3 * FD_SETSIZE);
	ck_assert_int_eq(pipe(ends), 0);
	high = fcntl(ends[0], F_DUPFD, 2 * FD_SETSIZE + 7);
	ck_assert_int_ge(high, 2 * FD_SETSIZE + 7);
	kit_open(&kit, backends[_i]);
	kit_watch(&kit, high, EV_READ);
	kit_fill(ends[1]);

	kit_turn(&kit, -1);

	ck_assert_uint_eq(kit.ready.count, 1);
	ck_assert_int_eq(kit_reported(&kit, high), EV_READ);
	kit_close(&kit);
	close(high);
	kit_close_both(ends);
}

TEST_RANGE(backends__what_a_full_list_does_not_take_comes_in_the_next_turn, 0, BACKENDS)
{
	int ends[3][2];
	bool seen[3] = {false, false, false};
	struct kit kit;

	kit_open(&kit, backends[_i]);
	kit.ready.capacity = 2;
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(pipe(ends[i]), 0);
		kit_watch(&kit, ends[i][0], EV_READ);
		kit_fill(ends[i][1]);
	}

	for (int turn = 0; turn < 2; turn++) {
		kit_turn(&kit, -1);
		for (int i = 0; i < 3; i++) {
			if (!kit_reported(&kit, ends[i][0]))
				continue;
			kit_empty(ends[i][0]);
			seen[i] = true;
		}
	}

	for (int i = 0; i < 3; i++)
		ck_assert(seen[i]);
	kit_close(&kit);
	for (int i = 0; i < 3; i++)
		kit_close_both(ends[i]);
}

/* ---- time ---- */

TEST_RANGE(backends__wait_is_never_shorter_than_its_timeout, 0, BACKENDS)
{
	static const int64_t timeouts_ns[] = {1, 999, 300001, 1000000, 12345678};
	int ends[2];
	struct kit kit;

	ck_assert_int_eq(pipe(ends), 0);
	kit_open(&kit, backends[_i]);
	kit_watch(&kit, ends[0], EV_READ);

	for (size_t i = 0; i < sizeof(timeouts_ns) / sizeof(timeouts_ns[0]); i++) {
		int64_t start_ns = kit_now_ns();

		kit_turn(&kit, timeouts_ns[i]);
		ck_assert_int_ge(kit_now_ns() - start_ns, timeouts_ns[i]);
		ck_assert_uint_eq(kit.ready.count, 0);
		ck_assert_int_eq(kit.slept, 1);
	}
	kit_turn(&kit, 0);
	ck_assert_int_eq(kit.slept, 0);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	kit_turn(&kit, LVN_NS_PER_S);
	ck_assert_int_eq(kit.slept, 0);
	kit_close(&kit);
	kit_close_both(ends);
}

TEST_RANGE(backends__longest_timeout_does_not_overflow, 0, BACKENDS)
{
	int ends[2];
	struct kit kit;

	ck_assert_int_eq(pipe(ends), 0);
	kit_fill(ends[1]);
	kit_open(&kit, backends[_i]);
	kit_watch(&kit, ends[0], EV_READ);

	kit_turn(&kit, INT64_MAX);

	ck_assert_int_eq(kit_reported(&kit, ends[0]), EV_READ);
	kit_close(&kit);
	kit_close_both(ends);
}

TEST_RANGE(backends__time_passes_where_nothing_is_watched, 0, BACKENDS)
{
	int64_t start_ns = kit_now_ns();
	struct kit kit;

	kit_open(&kit, backends[_i]);
	kit_turn(&kit, 2 * LVN_NS_PER_MS);

	ck_assert_int_ge(kit_now_ns() - start_ns, 2 * LVN_NS_PER_MS);
	ck_assert_uint_eq(kit.ready.count, 0);
	kit_close(&kit);
}

static volatile sig_atomic_t alarms;

static void
count_alarm(int signo)
{
	(void)signo;
	alarms++;
}

/* The timer repeats, so that one comes during the wait even if the first comes before. */
TEST_RANGE(backends__signal_cuts_a_wait_short_without_an_error, 0, BACKENDS)
{
	const struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
	struct sigaction action = {.sa_handler = count_alarm};
	int ends[2];
	struct kit kit;

	ck_assert_int_eq(pipe(ends), 0);
	kit_open(&kit, backends[_i]);
	kit_watch(&kit, ends[0], EV_READ);
	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);

	kit_turn(&kit, -1);

	ck_assert_int_eq(setitimer(ITIMER_REAL, &never, NULL), 0);
	ck_assert_int_gt(alarms, 0);
	ck_assert_uint_eq(kit.ready.count, 0);
	kit_close(&kit);
	kit_close_both(ends);
}

/* ---- the wake-up ---- */

static void *
raise_from_thread(void *arg)
{
	lvn_wakeup_raise(*(int *)arg);
	return NULL;
}

TEST_RANGE(backends__another_thread_wakes_a_sleeper, 0, BACKENDS)
{
	struct wakeup wakeup = {0};
	pthread_t thread;
	struct kit kit;

	ck_assert_int_eq(lvn_wakeup_open(&wakeup), 0);
	kit_open(&kit, backends[_i]);
	ck_assert_int_eq(kit.ops->set_wakeup(kit.self, wakeup.read_end), 0);
	kit_prepare(&kit);
	ck_assert_int_eq(pthread_create(&thread, NULL, raise_from_thread, &wakeup.write_end), 0);

	kit_wait(&kit, -1);
	kit_collect(&kit);

	ck_assert(kit.woken);
	ck_assert_uint_eq(kit.ready.count, 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	kit_turn(&kit, -1);
	ck_assert(kit.woken);
	ck_assert(lvn_wakeup_drain(wakeup.read_end));
	kit_turn(&kit, 1);
	ck_assert(!kit.woken);
	kit_close(&kit);
	lvn_wakeup_close(&wakeup);
}

TEST_RANGE(backends__wakeup_stands_beside_what_is_watched, 0, BACKENDS)
{
	struct wakeup wakeup = {0};
	int ends[2];
	struct kit kit;

	ck_assert_int_eq(lvn_wakeup_open(&wakeup), 0);
	ck_assert_int_eq(pipe(ends), 0);
	kit_open(&kit, backends[_i]);
	kit_watch(&kit, ends[0], EV_READ);
	ck_assert_int_eq(kit.ops->set_wakeup(kit.self, wakeup.read_end), 0);
	kit_fill(ends[1]);
	lvn_wakeup_raise(wakeup.write_end);

	kit_turn(&kit, -1);
	ck_assert(kit.woken);
	ck_assert_uint_eq(kit.ready.count, 1);
	ck_assert_int_eq(kit_reported(&kit, ends[0]), EV_READ);

	ck_assert_int_eq(kit.ops->set_wakeup(kit.self, -1), 0);
	lvn_wakeup_raise(wakeup.write_end);
	kit_turn(&kit, -1);
	ck_assert(!kit.woken);
	ck_assert_int_eq(kit_reported(&kit, ends[0]), EV_READ);
	kit_close(&kit);
	kit_close_both(ends);
	lvn_wakeup_close(&wakeup);
}

/* ---- changes while the loop sleeps ---- */

TEST_RANGE(backends__what_is_added_during_a_wait_comes_in_later_turns, 0, BACKENDS)
{
	enum { MANY = 200 };
	static int ends[MANY][2];
	static bool seen[MANY];
	struct kit kit;

	kit_open(&kit, backends[_i]);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(pipe(ends[i]), 0);
	kit_watch(&kit, ends[0][0], EV_READ);
	kit_fill(ends[0][1]);
	kit_prepare(&kit);
	kit_wait(&kit, -1);

	for (int i = 1; i < MANY; i++) {
		kit_fill(ends[i][1]);
		kit_watch(&kit, ends[i][0], EV_READ);
	}
	kit_collect(&kit);
	ck_assert_uint_eq(kit.ready.count, 1);

	for (int left = MANY; left > 0;) {
		kit_turn(&kit, 0);
		ck_assert_uint_gt(kit.ready.count, 0);
		for (size_t i = 0; i < kit.ready.count; i++, left--)
			kit_empty(kit.ready.slots[i].fd);
		for (int i = 0; i < MANY; i++)
			seen[i] |= kit_reported(&kit, ends[i][0]) == EV_READ;
	}

	for (int i = 0; i < MANY; i++)
		ck_assert(seen[i]);
	kit_close(&kit);
	for (int i = 0; i < MANY; i++)
		kit_close_both(ends[i]);
}

TEST_RANGE(backends__what_is_removed_during_a_wait_is_not_reported, 0, BACKENDS)
{
	int ends[2][2];
	struct kit kit;

	kit_open(&kit, backends[_i]);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(pipe(ends[i]), 0);
		kit_watch(&kit, ends[i][0], EV_READ);
		kit_fill(ends[i][1]);
	}
	kit_prepare(&kit);
	kit_wait(&kit, -1);

	kit_watch(&kit, ends[0][0], 0);
	kit_collect(&kit);

	ck_assert_uint_eq(kit.ready.count, 1);
	ck_assert_int_eq(kit_reported(&kit, ends[1][0]), EV_READ);
	kit_close(&kit);
	kit_close_both(ends[0]);
	kit_close_both(ends[1]);
}

TEST_RANGE(backends__what_is_removed_and_closed_during_a_wait_is_not_spoken_of, 0, BACKENDS)
{
	int ends[2];
	struct kit kit;

	kit_open(&kit, backends[_i]);
	ck_assert_int_eq(pipe(ends), 0);
	kit_watch(&kit, ends[0], EV_READ);
	kit_prepare(&kit);
	kit_close_both(ends);
	kit_wait(&kit, 0);

	kit_watch(&kit, ends[0], 0);
	kit_collect(&kit);

	ck_assert_uint_eq(kit.ready.count, 0);
	ck_assert_int_eq(kit_warnings, 0);
	kit_close(&kit);
}

TEST_RANGE(backends__what_becomes_wanted_during_a_wait_was_not_asked_for, 0, BACKENDS)
{
	int ends[2];
	struct kit kit;

	/* Can be read, but not written. */
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	while (write(ends[0], "x", 1) == 1)
		continue;
	kit_fill(ends[1]);
	kit_open(&kit, backends[_i]);
	kit_watch(&kit, ends[0], EV_READ);
	kit_prepare(&kit);
	kit_wait(&kit, -1);

	kit_watch(&kit, ends[0], EV_WRITE);
	kit_collect(&kit);
	ck_assert_int_eq(kit_reported(&kit, ends[0]), 0);

	kit_turn(&kit, 0);
	ck_assert_int_eq(kit_reported(&kit, ends[0]), 0);
	kit_close(&kit);
	kit_close_both(ends);
}

/* The answer was about the file that had the number before.  Removed first, or refreshed. */
TEST_RANGE(backends__number_that_was_reused_during_a_wait_is_not_reported, 0, 2 * BACKENDS)
{
	int old[2], new[2], number;
	struct kit kit;

	ck_assert_int_eq(pipe(old), 0);
	ck_assert_int_eq(pipe(new), 0);
	number = dup(old[0]);
	kit_open(&kit, backends[_i / 2]);
	kit_watch(&kit, number, EV_READ);
	kit_fill(old[1]);
	kit_prepare(&kit);
	kit_wait(&kit, -1);

	if (_i % 2 == 0)
		kit_watch(&kit, number, 0);
	ck_assert_int_eq(dup2(new[0], number), number);
	kit_watch(&kit, number, EV_READ);
	kit_collect(&kit);
	ck_assert_uint_eq(kit.ready.count, 0);

	kit_fill(new[1]);
	kit_turn(&kit, -1);
	ck_assert_int_eq(kit_reported(&kit, number), EV_READ);
	kit_close(&kit);
	close(number);
	kit_close_both(old);
	kit_close_both(new);
}

/* ---- descriptors that are closed ---- */

TEST_RANGE(backends__descriptor_closed_while_watched_does_not_spin, 0, BACKENDS)
{
	int closed[2], open[2];
	struct kit kit;
	int64_t start_ns;

	ck_assert_int_eq(pipe(closed), 0);
	ck_assert_int_eq(pipe(open), 0);
	kit_open(&kit, backends[_i]);
	kit_watch(&kit, closed[0], EV_READ | EV_WRITE);
	kit_watch(&kit, open[0], EV_READ);
	kit_turn(&kit, 0);
	kit_close_both(closed);
	kit_fill(open[1]);

	kit_turn(&kit, -1);
	ck_assert_uint_eq(kit.ready.count, 1);
	ck_assert_int_eq(kit_reported(&kit, open[0]), EV_READ);
	kit_empty(open[0]);
	start_ns = kit_now_ns();
	kit_turn(&kit, 20 * LVN_NS_PER_MS);

	ck_assert_uint_eq(kit.ready.count, 0);
	ck_assert_int_ge(kit_now_ns() - start_ns, 20 * LVN_NS_PER_MS);
	ck_assert_int_le(kit_warnings, 1);
	kit_watch(&kit, closed[0], 0);
	kit_close(&kit);
	kit_close_both(open);
}

TEST_RANGE(backends__number_that_was_closed_can_be_watched_again, 0, BACKENDS)
{
	int closed[2], open[2];
	struct kit kit;

	ck_assert_int_eq(pipe(closed), 0);
	kit_open(&kit, backends[_i]);
	kit_watch(&kit, closed[0], EV_READ);
	kit_close_both(closed);
	kit_turn(&kit, 0);
	ck_assert_uint_eq(kit.ready.count, 0);

	ck_assert_int_eq(pipe(open), 0);
	ck_assert_int_eq(open[0], closed[0]);
	kit_watch(&kit, open[0], EV_READ);
	kit_fill(open[1]);

	kit_turn(&kit, -1);
	ck_assert_int_eq(kit_reported(&kit, open[0]), EV_READ);
	kit_close(&kit);
	kit_close_both(open);
}

TEST_RANGE(backends__what_was_never_watched_can_be_removed, 0, BACKENDS)
{
	struct kit kit;

	kit_open(&kit, backends[_i]);
	kit_watch(&kit, 0, 0);
	kit_watch(&kit, KIT_FDS - 1, 0);

	kit_turn(&kit, 0);
	ck_assert_uint_eq(kit.ready.count, 0);
	kit_close(&kit);
}

TEST_RANGE(backends__number_without_a_descriptor_is_not_reported, 0, BACKENDS)
{
	static const int numbers[] = {5, 900, KIT_FDS - 1};
	int ends[2];
	struct kit kit;

	ck_assert_int_eq(pipe(ends), 0);
	kit_open(&kit, backends[_i]);
	kit_watch(&kit, ends[0], EV_READ);
	kit_fill(ends[1]);

	for (int i = 0; i < 3; i++) {
		int fd = numbers[i];

		if (fcntl(fd, F_GETFD) < 0)
			kit_try_watch(&kit, fd, EV_READ | EV_WRITE);
	}
	for (int i = 0; i < 2; i++) {
		kit_turn(&kit, -1);
		ck_assert_uint_eq(kit.ready.count, 1);
		ck_assert_int_eq(kit_reported(&kit, ends[0]), EV_READ);
	}
	kit_close(&kit);
	kit_close_both(ends);
}

/* ---- memory ---- */

static int allocations_left;

static bool
runs_out(void *context)
{
	(void)context;
	return allocations_left-- <= 0;
}

TEST_RANGE(backends__backend_that_gets_no_memory_does_not_open, 0, BACKENDS)
{
	static const struct backend_options options;
	void *self = NULL;
	int rc = -ENOMEM, tried = 0;

	lvn_memory_set_fault(runs_out, NULL);
	for (; rc < 0; tried++) {
		allocations_left = tried;
		rc = backends[_i]->open(&self, &options);
		if (rc < 0)
			ck_assert_int_eq(rc, -ENOMEM);
	}
	lvn_memory_set_fault(NULL, NULL);

	ck_assert_int_gt(tried, 1);
	backends[_i]->close(self);
}

TEST_RANGE(backend__without_memory_for_one_descriptor_watches_the_others, 0, BACKENDS_WITH_ARRAYS)
{
	enum { LAST = 2 * FD_SETSIZE };
	static int watched[LAST + 1];
	int ends[2], refused = 0;
	struct kit kit;

	if (!backend_goes_beyond_fd_setsize(backends[_i]))
		return;
	allow_descriptors(3 * FD_SETSIZE);
	ck_assert_int_eq(pipe(ends), 0);
	kit_fill(ends[1]);
	kit_open(&kit, backends[_i]);

	/* Each is refused until as many allocations succeed as it needs. */
	for (int fd = ends[1] + 1; fd <= LAST; fd++) {
		watched[fd] = dup2(ends[0], fd);
		ck_assert_int_eq(watched[fd], fd);
		for (int tried = 0;; tried++) {
			int rc;

			lvn_memory_set_fault(runs_out, NULL);
			allocations_left = tried;
			rc = kit_try_watch(&kit, fd, EV_READ);
			lvn_memory_set_fault(NULL, NULL);
			if (rc == 0)
				break;
			ck_assert_int_eq(rc, -ENOMEM);
			refused++;
			kit_turn(&kit, 0);
			ck_assert_int_eq(kit_reported(&kit, fd), 0);
		}
	}

	ck_assert_int_gt(refused, 0);
	ck_assert_int_eq(lvn_ready_list_reserve(&kit.ready, LAST), 0);
	kit_turn(&kit, -1);
	ck_assert_uint_eq(kit.ready.count, LAST - ends[1]);
	kit_close(&kit);
	for (int fd = ends[1] + 1; fd <= LAST; fd++)
		close(fd);
	kit_close_both(ends);
}
