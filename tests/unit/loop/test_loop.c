/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/loop.h"

#include <event2/event.h>
#include <unistd.h>

#include "base/block_pool.h"
#include "base/memory.h"
#include "loop/base.h"
#include "support/suite.h"

/* A kernel that reports nothing and lets no time pass: how long it was to wait. */
enum { WAITS_MAX = 4 };

static struct event_base *base;
static struct backend_ops backend;
static int64_t waits_ns[WAITS_MAX];
static int wait_count;
static int waits_until_break;
static int ends[2];

static int
note_wait(void *state, int64_t budget_ns)
{
	(void)state;
	waits_ns[wait_count++] = budget_ns;
	if (wait_count == waits_until_break)
		event_base_loopbreak(base);
	return 0;
}

static void
report_nothing(void *state, struct ready_list *ready, bool *woken)
{
	(void)state;
	(void)ready;
	(void)woken;
}

static void
never(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	ck_abort_msg("nothing was reported");
}

static void
keep_a_block(void)
{
	void *block = lvn_alloc(LVN_BLOCK_MIN);

	ck_assert_ptr_nonnull(block);
	lvn_block_put(block, 0);
}

/* Runs the loop for so many waits with one event. */
static void
run_waits(int count, const struct timeval *timeout)
{
	struct event *reader;

	ck_assert_int_eq(pipe(ends), 0);
	base = event_base_new();
	backend = *base->fds.backend;
	backend.wait = note_wait;
	backend.collect = report_nothing;
	base->fds.backend = &backend;
	reader = event_new(base, ends[0], EV_READ, never, NULL);
	event_add(reader, timeout);
	wait_count = 0;
	waits_until_break = count;
	ck_assert_int_eq(event_base_dispatch(base), 0);
	event_free(reader);
	event_base_free(base);
	close(ends[0]);
	close(ends[1]);
}

TEST(loop__idle_loop_frees_pooled_blocks)
{
	keep_a_block();

	run_waits(2, NULL);

	ck_assert_int_eq(waits_ns[0], LVN_NS_PER_S);
	ck_assert_int_eq(waits_ns[1], -1);
	ck_assert(lvn_block_pool_is_empty());
}

TEST(loop__loop_that_soon_has_something_to_do_keeps_them)
{
	keep_a_block();

	run_waits(1, &(struct timeval){0, 900000});

	ck_assert_int_le(waits_ns[0], 900 * LVN_NS_PER_MS);
	ck_assert_int_ge(waits_ns[0], 1);
	ck_assert(!lvn_block_pool_is_empty());
	lvn_block_pool_clear();
}

TEST(loop__loop_without_blocks_sleeps_on)
{
	run_waits(1, NULL);

	ck_assert_int_eq(waits_ns[0], -1);
}
