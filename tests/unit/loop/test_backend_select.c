/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is select's alone: its errors, and what it reports of hang-ups.  pselect is
 * replaced here, so that it can fail.
 */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "loop/backend.h"
#include "loop/wakeup.h"
#include "support/suite.h"
#include "unit/loop/backend_kit.h"
#include "unit/loop/hang_up_kit.h"

static int broken_pselect; /* its error, 0 for none */
static int pselect_calls;

int
pselect(int limit, fd_set *readable, fd_set *writable, fd_set *special,
    const struct timespec *timeout, const sigset_t *mask)
{
	struct timeval at_once = {0, 0};

	ck_assert_ptr_null(mask);
	ck_assert_ptr_null(special);
	pselect_calls++;
	if (broken_pselect) {
		errno = broken_pselect;
		return -1;
	}
	ck_assert_ptr_nonnull(timeout);
	ck_assert(timeout->tv_sec == 0 && timeout->tv_nsec == 0);
	return select(limit, readable, writable, NULL, &at_once);
}

TEST(backend_select__its_name_and_features_are_the_public_ones)
{
	ck_assert_str_eq(lvn_backend_select.name, "select");
	ck_assert_str_eq(lvn_backend_select.avoid_env, "EVENT_NOSELECT");
	ck_assert_uint_eq(lvn_backend_select.features, EV_FEATURE_FDS);
	ck_assert(!lvn_backend_select.reopen_after_fork);
	ck_assert(!lvn_backend_select.wakes_for_updates);
}

/* EBADF too: what was closed when the kernel looked may be open by now. */
TEST_RANGE(backend_select__wait_that_can_be_repeated_reports_nothing, 0, 2)
{
	static const int errors[] = {EINTR, EBADF};
	int ends[2];
	struct kit kit;

	ck_assert_int_eq(pipe(ends), 0);
	kit_fill(ends[1]);
	kit_open(&kit, &lvn_backend_select);
	kit_watch(&kit, ends[0], EV_READ);
	kit_turn(&kit, 0);
	ck_assert_uint_eq(kit.ready.count, 1);

	broken_pselect = errors[_i];
	kit_turn(&kit, 0);
	ck_assert_uint_eq(kit.ready.count, 0);

	broken_pselect = 0;
	kit_turn(&kit, 0);
	ck_assert_int_eq(kit_reported(&kit, ends[0]), EV_READ);
	ck_assert_int_eq(kit_warnings, 0);
	kit_close(&kit);
	kit_close_both(ends);
}

TEST(backend_select__error_of_the_kernel_is_returned)
{
	struct kit kit;

	kit_open(&kit, &lvn_backend_select);
	broken_pselect = ENOMEM;
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
    {PIPE_WITHOUT_WRITER, EV_READ},
    {PIPE_WITHOUT_READER, EV_READ | EV_WRITE},
    {SOCKET_IDLE, EV_WRITE},
    {SOCKET_HALF_CLOSED, EV_READ | EV_WRITE},
    {SOCKET_CLOSED, EV_READ | EV_WRITE},
    {TCP_HALF_CLOSED, EV_READ | EV_WRITE},
    {TCP_RESET, EV_READ | EV_WRITE},
    {TCP_UNCONNECTED, EV_READ | EV_WRITE},
};

TEST_RANGE(backend_select__hang_up_is_reported_to_reading_and_writing, 0, HANG_UPS)
{
	int other, fd = hung_up(hang_ups[_i].how, &other);
	short of_all = hang_ups[_i].of_all;
	struct kit kit;

	kit_open(&kit, &lvn_backend_select);
	kit_watch(&kit, fd, EV_READ | EV_WRITE | EV_CLOSED);
	kit_turn(&kit, 0);
	ck_assert_int_eq(kit_reported(&kit, fd), of_all);
	kit_watch(&kit, fd, EV_READ);
	kit_turn(&kit, 0);
	ck_assert_int_eq(kit_reported(&kit, fd), of_all & EV_READ);
	kit_watch(&kit, fd, EV_WRITE);
	kit_turn(&kit, 0);
	ck_assert_int_eq(kit_reported(&kit, fd), of_all & EV_WRITE);

	kit_watch(&kit, fd, EV_CLOSED);
	kit_turn(&kit, 0);

	ck_assert_int_eq(kit_reported(&kit, fd), 0);
	kit_close(&kit);
	close(fd);
	if (other >= 0)
		close(other);
}

TEST(backend_select__wakeup_that_was_closed_is_dropped)
{
	struct wakeup wakeup = {0};
	struct kit kit;

	ck_assert_int_eq(lvn_wakeup_open(&wakeup), 0);
	kit_open(&kit, &lvn_backend_select);
	ck_assert_int_eq(kit.ops->set_wakeup(kit.self, wakeup.read_end), 0);
	lvn_wakeup_close(&wakeup);

	for (int i = 0; i < 3; i++) {
		kit_turn(&kit, 0);
		ck_assert(!kit.woken);
		ck_assert_uint_eq(kit.ready.count, 0);
	}
	ck_assert_int_eq(kit_warnings, 1);
	ck_assert_int_eq(pselect_calls, 4);
	kit_close(&kit);
}

TEST(backend_select__closed_descriptor_is_reported_once)
{
	int ends[2];
	struct kit kit;

	ck_assert_int_eq(pipe(ends), 0);
	kit_open(&kit, &lvn_backend_select);
	kit_watch(&kit, ends[0], EV_READ);
	kit_close_both(ends);

	for (int i = 0; i < 3; i++)
		kit_turn(&kit, 0);

	ck_assert_int_eq(kit_warnings, 1);
	ck_assert_int_eq(pselect_calls, 4);
	kit_close(&kit);
}

/* Found closed during the wait, but the number has been given out and watched since. */
TEST(backend_select__number_reused_before_the_closed_one_was_dropped_stays_watched)
{
	int closed[2], open[2];
	struct kit kit;

	ck_assert_int_eq(pipe(closed), 0);
	kit_open(&kit, &lvn_backend_select);
	kit_watch(&kit, closed[0], EV_READ);
	kit_close_both(closed);
	kit_prepare(&kit);
	kit_wait(&kit, 0);

	ck_assert_int_eq(pipe(open), 0);
	ck_assert_int_eq(open[0], closed[0]);
	kit_watch(&kit, open[0], EV_READ);
	kit_fill(open[1]);
	kit_collect(&kit);
	ck_assert_uint_eq(kit.ready.count, 0);
	kit_turn(&kit, 0);

	ck_assert_int_eq(kit_reported(&kit, open[0]), EV_READ);
	ck_assert_int_eq(kit_warnings, 0);
	kit_close(&kit);
	kit_close_both(open);
}
