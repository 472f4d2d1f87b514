/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is poll's alone: its older system call, its limits, and what it tells of hang-ups.
 * ppoll is replaced here, so that it can be missing or fail.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/platform.h"
#include "loop/backend.h"
#include "loop/wakeup.h"
#include "support/suite.h"
#include "unit/loop/backend_kit.h"
#include "unit/loop/hang_up_kit.h"

static int broken_ppoll; /* its error, 0 for none */
static void (*during_ppoll)(void);
static int ppoll_calls;

int
ppoll(struct pollfd *slots, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	ck_assert_ptr_null(mask);
	ppoll_calls++;
	if (broken_ppoll) {
		errno = broken_ppoll;
		return -1;
	}
	if (during_ppoll)
		during_ppoll();
	ck_assert_ptr_nonnull(timeout);
	ck_assert(timeout->tv_sec == 0 && timeout->tv_nsec == 0);
	return poll(slots, count, 0);
}

TEST_IF(LVN_HAVE_POLLRDHUP, backend_poll__its_name_and_features_are_the_public_ones)
{
	ck_assert_str_eq(lvn_backend_poll.name, "poll");
	ck_assert_str_eq(lvn_backend_poll.avoid_env, "EVENT_NOPOLL");
	ck_assert_uint_eq(lvn_backend_poll.features, EV_FEATURE_FDS | EV_FEATURE_EARLY_CLOSE);
	ck_assert(!lvn_backend_poll.reopen_after_fork);
	ck_assert(!lvn_backend_poll.wakes_for_updates);
}

/* It counts in milliseconds: a short timeout must not become none. */
TEST_IF(LVN_HAVE_PPOLL, backend_poll__where_ppoll_is_missing_poll_waits_as_long)
{
	int64_t start_ns;
	int ends[2];
	struct kit kit;

	ck_assert_int_eq(pipe(ends), 0);
	broken_ppoll = ENOSYS;
	kit_open(&kit, &lvn_backend_poll);
	kit_watch(&kit, ends[0], EV_READ);

	start_ns = kit_now_ns();
	kit_turn(&kit, 1);
	ck_assert_int_ge(kit_now_ns() - start_ns, LVN_NS_PER_MS);
	kit_fill(ends[1]);
	kit_turn(&kit, -1);
	ck_assert_int_eq(kit_reported(&kit, ends[0]), EV_READ);
	kit_turn(&kit, INT64_MAX);
	ck_assert_int_eq(kit_reported(&kit, ends[0]), EV_READ);

	ck_assert_int_eq(ppoll_calls, 1);
	kit_close(&kit);
	kit_close_both(ends);
}

TEST_IF(LVN_HAVE_PPOLL, backend_poll__interrupted_wait_reports_nothing)
{
	int ends[2];
	struct kit kit;

	ck_assert_int_eq(pipe(ends), 0);
	kit_fill(ends[1]);
	kit_open(&kit, &lvn_backend_poll);
	kit_watch(&kit, ends[0], EV_READ);
	kit_turn(&kit, 0);
	ck_assert_uint_eq(kit.ready.count, 1);

	broken_ppoll = EINTR;
	kit_turn(&kit, 0);

	ck_assert_uint_eq(kit.ready.count, 0);
	kit_close(&kit);
	kit_close_both(ends);
}

TEST_IF(LVN_HAVE_PPOLL, backend_poll__error_of_the_kernel_is_returned)
{
	struct kit kit;

	kit_open(&kit, &lvn_backend_poll);
	broken_ppoll = ENOMEM;
	kit_prepare(&kit);
	ck_assert_int_eq(kit.ops->wait(kit.self, 0), -ENOMEM);
	kit_collect(&kit);

	ck_assert_uint_eq(kit.ready.count, 0);
	kit_close(&kit);
}

static const struct {
	enum hang_up how;
	short of_all; /* what is reported to who wants everything */
} hang_ups[] = {
    {PIPE_WITHOUT_WRITER, EV_READ | EV_WRITE | EV_CLOSED},
    {PIPE_WITHOUT_READER, EV_READ | EV_WRITE | EV_CLOSED},
    {SOCKET_IDLE, EV_WRITE},
    {SOCKET_HALF_CLOSED, EV_READ | EV_WRITE | EV_CLOSED},
    {SOCKET_CLOSED, EV_READ | EV_WRITE | EV_CLOSED},
    {TCP_HALF_CLOSED, EV_READ | EV_WRITE | EV_CLOSED},
    {TCP_RESET, EV_READ | EV_WRITE | EV_CLOSED},
    {TCP_UNCONNECTED, EV_READ | EV_WRITE | EV_CLOSED},
};

TEST_RANGE(
    backend_poll__hang_up_is_reported_to_every_interest, 0, LVN_HAVE_POLLRDHUP ? HANG_UPS : 0)
{
	static const short all_wants[] = {
	    EV_READ | EV_WRITE | EV_CLOSED, EV_READ, EV_WRITE, EV_READ | EV_CLOSED};
	int other, fd = hung_up(hang_ups[_i].how, &other);
	struct kit kit;

	kit_open(&kit, &lvn_backend_poll);
	for (size_t i = 0; i < sizeof(all_wants) / sizeof(all_wants[0]); i++) {
		kit_watch(&kit, fd, all_wants[i]);
		kit_turn(&kit, 0);
		ck_assert_int_eq(kit_reported(&kit, fd), hang_ups[_i].of_all & all_wants[i]);
	}
	kit_close(&kit);
	close(fd);
	if (other >= 0)
		close(other);
}

TEST_RANGE(backend_poll__reports_a_hang_up_as_closed, 0, LVN_HAVE_POLLRDHUP ? HANG_UPS : 0)
{
	int other, fd = hung_up(hang_ups[_i].how, &other);
	struct kit kit;

	kit_open(&kit, &lvn_backend_poll);
	kit_watch(&kit, fd, EV_CLOSED);
	kit_turn(&kit, 0);

	ck_assert_int_eq(kit_reported(&kit, fd), hang_ups[_i].of_all & EV_CLOSED);
	ck_assert_int_eq(kit.unwanted, 0);
	kit_close(&kit);
	close(fd);
	if (other >= 0)
		close(other);
}

TEST(backend_poll__wakeup_that_was_closed_is_dropped)
{
	struct wakeup wakeup = {0};
	struct kit kit;

	ck_assert_int_eq(lvn_wakeup_open(&wakeup), 0);
	kit_open(&kit, &lvn_backend_poll);
	ck_assert_int_eq(kit.ops->set_wakeup(kit.self, wakeup.read_end), 0);
	lvn_wakeup_close(&wakeup);

	for (int i = 0; i < 3; i++) {
		kit_turn(&kit, 0);
		ck_assert(!kit.woken);
		ck_assert_uint_eq(kit.ready.count, 0);
	}
	ck_assert_int_eq(kit_warnings, 1);
	kit_close(&kit);
}

TEST(backend_poll__closed_descriptor_is_reported_once)
{
	int ends[2];
	struct kit kit;

	ck_assert_int_eq(pipe(ends), 0);
	kit_open(&kit, &lvn_backend_poll);
	kit_watch(&kit, ends[0], EV_READ);
	kit_close_both(ends);

	for (int i = 0; i < 3; i++)
		kit_turn(&kit, 0);

	ck_assert_int_eq(kit_warnings, 1);
	kit_close(&kit);
}

/* The kernel refuses more slots than the process may have descriptors. */
static struct event *deleted;

static void
ignore(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* As another thread would, which is why the loop holds no lock now. */
static void
delete_and_close(void)
{
	ck_assert_int_eq(event_del(deleted), 0);
	ck_assert_int_eq(close(event_get_fd(deleted)), 0);
	during_ppoll = NULL;
}

TEST_IF(LVN_HAVE_PPOLL, backend_poll__what_is_deleted_and_closed_during_a_wait_is_not_spoken_of)
{
	struct event_config *config = event_config_new();
	struct event_base *base;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	event_config_avoid_method(config, "epoll");
	base = event_base_new_with_config(config);
	event_config_free(config);
	ck_assert_str_eq(event_base_get_method(base), "poll");
	deleted = event_new(base, ends[0], EV_READ, ignore, NULL);
	ck_assert_int_eq(event_add(deleted, NULL), 0);
	kit_warnings = 0;
	lvn_log_set_callback(kit_count_warning);
	during_ppoll = delete_and_close;

	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_NO_EXIT_ON_EMPTY), 0);

	ck_assert(!during_ppoll);
	ck_assert_int_eq(kit_warnings, 0);
	event_free(deleted);
	event_base_free(base);
	close(ends[1]);
}

TEST(backend_poll__every_descriptor_of_the_process_can_be_watched)
{
	enum { LIMIT = 40 };
	int opened[LIMIT], opened_count = 0, watched = 0;
	struct rlimit limit;
	struct kit kit;

	kit_open(&kit, &lvn_backend_poll);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = LIMIT;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (int fd = dup(STDERR_FILENO); fd >= 0; fd = dup(STDERR_FILENO))
		opened[opened_count++] = fd;
	for (int fd = 0; fd < LIMIT; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			continue;
		kit_watch(&kit, fd, EV_READ);
		watched++;
	}

	kit_turn(&kit, 0);

	ck_assert_int_eq(watched, LIMIT);
	ck_assert_int_eq(kit_warnings, 0);
	kit_close(&kit);
	while (opened_count > 0)
		close(opened[--opened_count]);
}
