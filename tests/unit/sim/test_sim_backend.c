/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The simulated backend without a loop: updates, waits and reports are called by hand.
 */
#include <errno.h>
#include <event2/event.h>
#include <levin/sim.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/memory.h"
#include "loop/backend.h"
#include "sim/sim_backend.h"
#include "sim/sim_kernel.h"
#include "support/suite.h"

static const struct backend_ops *const ops = &lvn_backend_sim;
static struct levin_sim *sim;
static struct backend_options options; /* of the base that owns the backend */
static void *backend;
static struct ready_list ready;
static bool woken;
static int a;
static int b;

static void
weather(struct levin_sim_options chosen)
{
	ck_assert_int_eq(levin_sim_set_options(sim, &chosen), 0);
}

static void
set_up(void)
{
	int ends[2];

	sim = levin_sim_new(1, NULL);
	ck_assert_ptr_nonnull(sim);
	options.world = lvn_sim_kernel_world(sim);
	ck_assert_int_eq(ops->open(&backend, &options), 0);
	ck_assert_int_eq(lvn_ready_list_reserve(&ready, 64), 0);
	ck_assert_int_eq(levin_sim_socketpair(sim, ends), 0);
	a = ends[0];
	b = ends[1];
}

static void
tear_down(void)
{
	ops->close(backend);
	levin_sim_free(sim);
	lvn_ready_list_clear(&ready);
}

static uint32_t
watch(int fd, short wants)
{
	uint32_t stamp = 0;

	ck_assert_int_eq(ops->update(backend, fd, 0, wants, &stamp), 0);
	ck_assert_uint_ne(stamp, 0);
	return stamp;
}

/* One turn; the number of slots that it reported. */
static size_t
turn(int64_t timeout_ns)
{
	ready.count = 0;
	woken = false;
	ck_assert_int_eq(ops->wait(backend, timeout_ns), 0);
	ops->collect(backend, &ready, &woken);
	return ready.count;
}

static void
ck_reported(size_t at, int fd, short what)
{
	ck_assert_uint_lt(at, ready.count);
	ck_assert_int_eq(ready.slots[at].fd, fd);
	ck_assert_int_eq(ready.slots[at].what, what);
}

static void
ck_writes(int fd, size_t size)
{
	static const char bytes[1000];

	ck_assert_int_eq(levin_sim_write(fd, bytes, size), (ssize_t)size);
}

static void
drain(int fd)
{
	char bytes[1000];

	while (levin_sim_read(fd, bytes, sizeof(bytes)) > 0)
		continue;
}

TEST_FIXTURE(set_up, tear_down);

TEST(sim_backend__a_byte_is_reported_until_it_is_read)
{
	uint32_t stamp = watch(b, EV_READ);

	ck_assert_uint_eq(turn(0), 0);
	ck_writes(a, 1);

	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(turn(-1), 1);
		ck_reported(0, b, EV_READ);
		ck_assert_uint_eq(ready.slots[0].stamp, stamp);
	}
	drain(b);
	ck_assert_uint_eq(turn(0), 0);
}

TEST(sim_backend__an_edge_is_reported_once_for_each_arrival)
{
	watch(b, EV_READ | EV_ET);
	ck_writes(a, 10);
	ck_assert_uint_eq(turn(0), 1);
	ck_assert_uint_eq(turn(0), 0);

	ck_writes(a, 1);

	ck_assert_uint_eq(turn(0), 1);
	ck_reported(0, b, EV_READ);
	ck_assert_uint_eq(turn(0), 0);
}

TEST(sim_backend__an_edge_of_writing_comes_when_there_is_space_again)
{
	weather((struct levin_sim_options){.capacity = 900});
	watch(a, EV_WRITE | EV_ET);
	ck_assert_uint_eq(turn(0), 1);
	ck_writes(a, 900);
	ck_assert_uint_eq(turn(0), 0);

	drain(b);

	ck_assert_uint_eq(turn(0), 1);
	ck_reported(0, a, EV_WRITE);
	ck_assert_uint_eq(turn(0), 0);
}

TEST(sim_backend__more_capacity_wakes_writers)
{
	weather((struct levin_sim_options){.capacity = 900});
	watch(a, EV_WRITE);
	ck_writes(a, 900);
	ck_assert_uint_eq(turn(0), 0);

	weather((struct levin_sim_options){0});

	ck_assert_uint_eq(turn(0), 1);
}

/* Whoever stops reading at a short count or EAGAIN must hear of the rest. */
TEST(sim_backend__an_edge_follows_a_read_that_left_bytes_by_chance)
{
	int got = 0;
	int turns = 0;

	weather((struct levin_sim_options){
	    .short_read_permille = 700, .spurious_eagain_permille = 500});
	watch(b, EV_READ | EV_ET);
	while (levin_sim_write(a, (char[500]){0}, 500) < 0)
		continue;
	while (got < 500) {
		char byte[500];
		ssize_t size;

		ck_assert_uint_eq(turn(-1), 1);
		size = levin_sim_read(b, byte, sizeof(byte));
		got += size > 0 ? (int)size : 0;
		turns++;
	}

	ck_assert_int_gt(turns, 1);
	weather((struct levin_sim_options){0});
	turn(0);
	ck_assert_uint_eq(turn(0), 0);
}

TEST(sim_backend__only_what_is_wanted_is_reported)
{
	ck_writes(a, 1);
	watch(b, EV_WRITE);
	turn(0);
	ck_reported(0, b, EV_WRITE);

	ck_assert_int_eq(ops->update(backend, b, EV_WRITE, EV_READ | EV_WRITE, &(uint32_t){1}), 0);

	turn(0);
	ck_reported(0, b, EV_READ | EV_WRITE);
}

TEST(sim_backend__a_closed_peer_is_reported_as_EV_CLOSED)
{
	watch(b, EV_CLOSED);
	ck_assert_int_eq(levin_sim_shutdown(a, 1), 0);

	ck_assert_uint_eq(turn(-1), 1);

	ck_reported(0, b, EV_CLOSED);
}

TEST(sim_backend__an_error_is_reported_as_reading_and_writing)
{
	watch(a, EV_READ);
	watch(b, EV_READ | EV_WRITE);
	ck_assert_int_eq(levin_sim_reset(a), 0);

	ck_assert_uint_eq(turn(-1), 2);

	ck_reported(0, b, EV_READ | EV_WRITE);
	ck_reported(1, a, EV_READ);
}

TEST(sim_backend__nothing_is_reported_after_removal)
{
	uint32_t stamp = watch(a, EV_WRITE);

	ck_assert_int_eq(ops->update(backend, a, EV_WRITE, 0, &stamp), 0);

	ck_assert_uint_eq(stamp, 0);
	ck_assert_uint_eq(turn(0), 0);
}

TEST(sim_backend__what_is_closed_cannot_be_watched_but_can_be_removed)
{
	uint32_t stamp = watch(a, EV_WRITE);

	ck_assert_int_eq(levin_sim_close(a), 0);

	ck_assert_uint_eq(turn(0), 0);
	ck_assert_int_eq(ops->update(backend, a, EV_WRITE, EV_WRITE, &stamp), -EBADF);
	ck_assert_int_eq(ops->update(backend, a, EV_WRITE, 0, &stamp), 0);
}

TEST(sim_backend__a_duplicate_keeps_a_closed_descriptor_reporting_under_its_old_stamp)
{
	uint32_t old_stamp = watch(a, EV_WRITE);
	uint32_t new_stamp = old_stamp;
	int duplicate = levin_sim_dup(a);
	int ends[2];

	ck_assert_int_eq(levin_sim_close(a), 0);
	ck_assert_uint_eq(turn(0), 1);
	ck_reported(0, a, EV_WRITE);
	ck_assert_int_eq(levin_sim_pipe(sim, ends), 0);
	ck_assert_int_eq(ends[0], a);
	ck_assert_int_eq(ops->update(backend, a, EV_WRITE, EV_READ, &new_stamp), 0);

	ck_assert_uint_ne(new_stamp, old_stamp);
	ck_assert_uint_eq(turn(0), 1);
	ck_reported(0, a, EV_WRITE);
	ck_assert_uint_eq(ready.slots[0].stamp, old_stamp);
	ck_assert_int_eq(levin_sim_close(duplicate), 0);
	ck_assert_uint_eq(turn(0), 0);
	ck_writes(ends[1], 1);
	ck_assert_uint_eq(turn(0), 1);
	ck_assert_uint_eq(ready.slots[0].stamp, new_stamp);
}

TEST(sim_backend__a_descriptor_that_comes_back_to_its_watch_gets_a_new_stamp)
{
	uint32_t old_stamp = watch(a, EV_WRITE);
	uint32_t stamp = old_stamp;
	int duplicate = levin_sim_dup(a);

	ck_assert_int_eq(levin_sim_close(a), 0);
	ck_assert_int_eq(ops->update(backend, a, EV_WRITE, 0, &stamp), 0);
	ck_assert_int_eq(levin_sim_dup(duplicate), a);
	ck_assert_int_eq(ops->update(backend, a, 0, EV_WRITE, &stamp), 0);

	ck_assert_uint_ne(stamp, old_stamp);
	ck_assert_uint_eq(turn(0), 1);
	ck_assert_uint_eq(ready.slots[0].stamp, stamp);
}

TEST(sim_backend__closing_the_backend_ends_stale_registrations)
{
	watch(a, EV_WRITE);
	ck_assert_int_ge(levin_sim_dup(a), 0);
	ck_assert_int_eq(levin_sim_close(a), 0);
	ck_assert_uint_eq(turn(0), 1);
	ops->close(backend);
	ck_assert_int_eq(ops->open(&backend, &options), 0);

	ck_assert_uint_eq(turn(0), 0);
}

TEST(sim_backend__two_backends_watch_one_descriptor)
{
	struct backend_options other_options = {.world = lvn_sim_kernel_world(sim)};
	uint32_t stamp = 0;
	void *other;

	watch(a, EV_WRITE);
	ck_assert_int_eq(ops->open(&other, &other_options), 0);
	ck_assert_int_eq(ops->update(other, a, 0, EV_WRITE, &stamp), 0);

	ck_assert_uint_eq(turn(0), 1);
	ready.count = 0;
	ops->collect(other, &ready, &woken);
	ck_assert_uint_eq(ready.count, 1);
	ops->close(other);
	ck_assert_uint_eq(turn(0), 1);
}

TEST(sim_backend__time_moves_to_the_timeout_when_nothing_happens)
{
	int64_t start_ns = levin_sim_now_ns(sim);

	ck_assert_uint_eq(turn(5000), 0);

	ck_assert_int_eq(levin_sim_now_ns(sim), start_ns + 5000);
}

TEST(sim_backend__time_stands_still_while_something_is_ready)
{
	int64_t start_ns = levin_sim_now_ns(sim);

	watch(a, EV_WRITE);
	for (int i = 0; i < 10; i++)
		ck_assert_uint_eq(turn(5000), 1);

	ck_assert_int_eq(levin_sim_now_ns(sim), start_ns);
}

TEST(sim_backend__time_moves_to_what_happens_first)
{
	int64_t start_ns = levin_sim_now_ns(sim);

	weather((struct levin_sim_options){.latency_min_ns = 70, .latency_max_ns = 70});
	watch(b, EV_READ);
	ck_writes(a, 1);
	ck_assert_uint_eq(turn(69), 0);
	ck_assert_uint_eq(turn(1000), 1);

	ck_assert_int_eq(levin_sim_now_ns(sim), start_ns + 70);
}

TEST(sim_backend__waiting_for_ever_for_nothing_is_a_deadlock)
{
	watch(b, EV_READ);

	ck_assert_int_eq(ops->wait(backend, -1), -EDEADLK);
}

static void
write_a_byte(void *arg)
{
	ck_writes(*(int *)arg, 1);
}

static void
nothing(void *arg)
{
	(void)arg;
}

TEST(sim_backend__a_call_from_outside_ends_the_wait)
{
	int64_t start_ns = levin_sim_now_ns(sim);

	ck_assert_int_eq(levin_sim_at(sim, 40, nothing, NULL), 0);
	ck_assert_uint_eq(turn(-1), 0);
	ck_assert_int_eq(levin_sim_now_ns(sim), start_ns + 40);

	watch(b, EV_READ);
	ck_assert_int_eq(levin_sim_at(sim, 40, write_a_byte, &a), 0);
	ck_assert_uint_eq(turn(-1), 1);
	ck_assert_int_eq(levin_sim_now_ns(sim), start_ns + 80);
}

TEST(sim_backend__a_wait_of_0_runs_due_events)
{
	watch(b, EV_READ);
	ck_assert_int_eq(levin_sim_at(sim, 0, write_a_byte, &a), 0);

	ck_assert_uint_eq(turn(0), 1);
}

TEST(sim_backend__signals_are_counted)
{
	ck_assert_int_eq(levin_sim_raise(sim, SIGUSR1, 0), 0);
	ck_assert_int_eq(levin_sim_raise(sim, SIGUSR2, 0), 0);
	ck_assert_int_eq(levin_sim_raise(sim, SIGUSR1, -1), 0);

	ck_assert_uint_eq(turn(-1), 2);

	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(ready.slots[i].what, EV_SIGNAL);
		ck_assert_uint_eq(ready.slots[i].stamp, ready.slots[i].fd == SIGUSR1 ? 2 : 1);
	}
	ck_assert_uint_eq(turn(0), 0);
}

TEST(sim_backend__a_signal_comes_when_it_is_due)
{
	int64_t start_ns = levin_sim_now_ns(sim);

	ck_assert_int_eq(levin_sim_raise(sim, SIGHUP, 33), 0);
	ck_assert_uint_eq(turn(-1), 1);

	ck_reported(0, SIGHUP, EV_SIGNAL);
	ck_assert_int_eq(levin_sim_now_ns(sim), start_ns + 33);
}

TEST(sim_backend__a_backend_opened_anew_reports_the_signals_of_the_old_one)
{
	void *old = backend;

	ck_assert_int_eq(levin_sim_raise(sim, SIGHUP, 0), 0);
	ck_assert_int_eq(ops->open(&backend, &options), 0);
	ops->close(old);

	ck_assert_uint_eq(turn(-1), 1);
	ck_reported(0, SIGHUP, EV_SIGNAL);
	ck_assert_uint_eq(turn(0), 0);
}

TEST(sim_backend__every_base_receives_a_signal)
{
	struct backend_options other_options = {.world = lvn_sim_kernel_world(sim)};
	void *other;

	ck_assert_int_eq(ops->open(&other, &other_options), 0);
	ck_assert_int_eq(levin_sim_raise(sim, SIGHUP, 0), 0);

	ck_assert_uint_eq(turn(-1), 1);
	ready.count = 0;
	ops->collect(other, &ready, &woken);
	ck_assert_uint_eq(ready.count, 1);
	ops->close(other);
}

TEST(sim_backend__what_became_ready_first_is_reported_first)
{
	int ends[20][2];

	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(levin_sim_pipe(sim, ends[i]), 0);
		watch(ends[i][0], EV_READ);
	}
	for (int i = 0; i < 20; i++)
		ck_writes(ends[(i * 7) % 20][1], 1);

	ck_assert_uint_eq(turn(0), 20);

	for (size_t i = 0; i < 20; i++)
		ck_reported(i, ends[(i * 7) % 20][0], EV_READ);
}

TEST(sim_backend__a_short_list_gets_the_rest_in_the_next_turn)
{
	int ends[20][2];
	int seen[20] = {0};

	lvn_ready_list_clear(&ready);
	ck_assert_int_eq(lvn_ready_list_reserve(&ready, 5), 0);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(levin_sim_pipe(sim, ends[i]), 0);
		watch(ends[i][0], EV_READ);
		ck_writes(ends[i][1], 1);
	}
	for (int round = 0; round < 4; round++) {
		ck_assert_uint_eq(turn(0), 5);
		for (int i = 0; i < 20; i++) {
			for (size_t slot = 0; slot < 5; slot++)
				seen[i] += ready.slots[slot].fd == ends[i][0];
		}
	}

	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(seen[i], 1);
}

TEST(sim_backend__the_order_of_reports_may_be_random_and_is_the_seeds)
{
	int first_orders = 0;
	int ends[4][2];

	weather((struct levin_sim_options){.reorder_permille = 1000});
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(levin_sim_pipe(sim, ends[i]), 0);
		watch(ends[i][0], EV_READ);
		ck_writes(ends[i][1], 1);
	}
	for (int i = 0; i < 1000; i++) {
		ck_assert_uint_eq(turn(0), 4);
		first_orders += ready.slots[0].fd == ends[0][0];
	}

	ck_assert_int_gt(first_orders, 150);
	ck_assert_int_lt(first_orders, 350);
}

TEST(sim_backend__a_ready_descriptor_may_be_held_back_but_not_all)
{
	size_t total = 0;

	weather((struct levin_sim_options){.hold_back_permille = 500});
	watch(a, EV_WRITE);
	watch(b, EV_WRITE);
	for (int i = 0; i < 100; i++) {
		size_t count = turn(0);

		ck_assert_uint_ge(count, 1);
		total += count;
	}

	ck_assert_uint_gt(total, 110);
	ck_assert_uint_lt(total, 190);
}

TEST(sim_backend__an_edge_held_back_is_not_lost)
{
	weather((struct levin_sim_options){.hold_back_permille = 1000});
	watch(a, EV_WRITE | EV_ET);
	watch(b, EV_WRITE | EV_ET);

	ck_assert_uint_eq(turn(0), 1);
	ck_reported(0, a, EV_WRITE);
	ck_assert_uint_eq(turn(0), 1);
	ck_reported(0, b, EV_WRITE);
	ck_assert_uint_eq(turn(0), 0);
}

TEST(sim_backend__a_wait_may_be_late_or_early)
{
	int64_t start_ns = levin_sim_now_ns(sim);
	int64_t late_ns;

	weather((struct levin_sim_options){.lateness_max_ns = 100});
	for (int i = 0; i < 100; i++)
		turn(1000);
	late_ns = levin_sim_now_ns(sim) - start_ns - 100000;
	ck_assert_int_gt(late_ns, 3000);
	ck_assert_int_lt(late_ns, 7000);

	weather((struct levin_sim_options){.early_return_permille = 999});
	start_ns = levin_sim_now_ns(sim);
	for (int i = 0; i < 100; i++)
		turn(1000);
	ck_assert_int_gt(levin_sim_now_ns(sim) - start_ns, 30000);
	ck_assert_int_lt(levin_sim_now_ns(sim) - start_ns, 70000);
}

TEST(sim_backend__a_real_thread_wakes_the_base)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(ops->set_wakeup(backend, ends[0]), 0);
	turn(0);
	ck_assert(!woken);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);

	turn(-1);
	ck_assert(woken);

	ck_assert_int_eq(ops->set_wakeup(backend, -1), 0);
	turn(0);
	ck_assert(!woken);
	close(ends[0]);
	close(ends[1]);
}

TEST(sim_backend__the_clock_is_the_virtual_one)
{
	struct clock clock = {0};

	ops->use_clock(backend, &clock);
	levin_sim_spend(sim, 17);
	ck_assert_int_eq(lvn_clock_monotonic_ns(&clock), levin_sim_now_ns(sim));
	ck_assert_int_eq(lvn_clock_wall_ns(&clock), levin_sim_wall_ns(sim));

	levin_sim_jump_wall(sim, -3600 * LVN_NS_PER_S);

	ck_assert_int_eq(lvn_clock_monotonic_ns(&clock), levin_sim_now_ns(sim));
	ck_assert_int_eq(lvn_clock_wall_ns(&clock), levin_sim_wall_ns(sim));
}

static void *
no_memory(size_t size)
{
	(void)size;
	return NULL;
}

TEST(sim_backend__without_memory_nothing_is_opened_or_watched)
{
	uint32_t stamp = 0;
	void *self = NULL;

	lvn_memory_set_functions(no_memory, NULL, NULL);

	ck_assert_int_eq(ops->open(&self, &options), -ENOMEM);
	ck_assert_ptr_null(self);
	ck_assert_int_eq(ops->update(backend, a, 0, EV_WRITE, &stamp), -ENOMEM);
	ck_assert_uint_eq(turn(0), 0);
}
