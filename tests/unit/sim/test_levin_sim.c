/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the public functions of levin/sim.h add to their parts: arguments, results, and the promise
 * that a seed is a run.
 */
#include <errno.h>
#include <event2/event.h>
#include <levin/sim.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "sim/sim_backend.h"
#include "sim/sim_kernel.h"
#include "support/suite.h"

static void
ck_fails(ssize_t result, int error)
{
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(errno, error);
}

TEST(levin_sim__options_out_of_range_make_no_simulation)
{
	struct levin_sim_options options = {.latency_min_ns = -1};
	struct levin_sim *sim;

	ck_assert_ptr_null(levin_sim_new(1, &options));
	ck_assert_int_eq(errno, EINVAL);
	sim = levin_sim_new(1, NULL);
	ck_fails(levin_sim_set_options(sim, &options), EINVAL);
	levin_sim_free(sim);
	levin_sim_free(NULL);
}

TEST(levin_sim__bad_arguments_are_refused)
{
	struct levin_sim *sim = levin_sim_new(1, NULL);

	ck_fails(levin_sim_at(sim, 0, NULL, NULL), EINVAL);
	ck_fails(levin_sim_raise(sim, 0, 0), EINVAL);
	ck_fails(levin_sim_raise(sim, -1, 0), EINVAL);
	ck_fails(levin_sim_raise(sim, NSIG, 0), EINVAL);
	ck_fails(levin_sim_fail_allocations(sim, 0, 1001), EINVAL);
	levin_sim_free(sim);
}

TEST(levin_sim__what_is_no_descriptor_is_refused_by_every_call)
{
	struct levin_sim *sim = levin_sim_new(1, NULL);
	int fd = levin_sim_socket(sim, AF_INET, SOCK_STREAM);
	int numbers[] = {-1, 0, fd, fd + 1};
	char byte;

	levin_sim_close(fd);
	for (size_t i = 0; i < 4; i++) {
		int bad = numbers[i];

		ck_fails(levin_sim_read(bad, &byte, 1), EBADF);
		ck_fails(levin_sim_write(bad, &byte, 1), EBADF);
		ck_fails(levin_sim_accept(bad), EBADF);
		ck_fails(levin_sim_shutdown(bad, 0), EBADF);
		ck_fails(levin_sim_error(bad), EBADF);
		ck_fails(levin_sim_reset(bad), EBADF);
		ck_fails(levin_sim_dup(bad), EBADF);
		ck_fails(levin_sim_close(bad), EBADF);
	}
	levin_sim_free(sim);
}

TEST(levin_sim__the_clocks_start_where_the_header_says)
{
	struct levin_sim *sim = levin_sim_new(1, NULL);

	ck_assert_int_eq(levin_sim_now_ns(sim), INT64_C(1000) * 1000000000);
	ck_assert_int_eq(levin_sim_wall_ns(sim), INT64_C(1600000000) * 1000000000);

	levin_sim_spend(sim, 5);
	levin_sim_spend(sim, -5);
	levin_sim_jump_wall(sim, 100);

	ck_assert_int_eq(levin_sim_now_ns(sim), INT64_C(1000) * 1000000000 + 5);
	ck_assert_int_eq(levin_sim_wall_ns(sim), INT64_C(1600000000) * 1000000000 + 105);
	levin_sim_free(sim);
}

TEST(levin_sim__a_simulation_in_use_stays)
{
	struct levin_sim *sim = levin_sim_new(1, NULL);
	struct backend_options options = {.world = lvn_sim_kernel_world(sim)};
	void *backend;

	ck_assert_int_eq(lvn_backend_sim.open(&backend, &options), 0);
	levin_sim_free(sim);
	ck_assert_int_ge(levin_sim_socket(sim, AF_INET, SOCK_STREAM), 0);

	lvn_backend_sim.close(backend);
	levin_sim_free(sim);
}

TEST(levin_sim__failing_allocations_end_with_their_simulation)
{
	struct levin_sim *a = levin_sim_new(1, NULL);
	struct levin_sim *b = levin_sim_new(1, NULL);
	void *block;

	ck_assert_int_eq(levin_sim_fail_allocations(a, 1, 0), 0);
	ck_assert_ptr_null(lvn_alloc(1));
	ck_assert_int_eq(levin_sim_fail_allocations(b, 0, 1000), 0);
	levin_sim_free(a);
	ck_assert_ptr_null(lvn_alloc(1));
	ck_assert_int_ge(levin_sim_socket(b, AF_INET, SOCK_STREAM), 0);

	levin_sim_free(b);

	block = lvn_alloc(1);
	ck_assert_ptr_nonnull(block);
	lvn_free(block);
}

TEST(levin_sim__descriptors_are_counted_and_limited)
{
	struct levin_sim_options few = {.descriptor_limit = 3};
	struct levin_sim *sim = levin_sim_new(1, &few);
	int ends[2];

	ck_assert_int_eq(levin_sim_socketpair(sim, ends), 0);
	ck_fails(levin_sim_pipe(sim, ends), EMFILE);
	ck_assert_int_ge(levin_sim_dup(ends[0]), 0);
	ck_assert_uint_eq(levin_sim_count_descriptors(sim), 3);
	ck_fails(levin_sim_dup(ends[0]), EMFILE);
	ck_fails(levin_sim_socket(sim, AF_INET, SOCK_STREAM), EMFILE);
	ck_fails(levin_sim_connect(sim, 1), EMFILE);
	ck_fails(levin_sim_listener(sim, 1, 1), EMFILE);

	levin_sim_close(ends[0]);

	ck_assert_uint_eq(levin_sim_count_descriptors(sim), 2);
	levin_sim_free(sim);
}

TEST(levin_sim__choices_of_the_program_do_not_change_the_world)
{
	struct levin_sim_options rough = {.short_read_permille = 500};
	uint64_t hashes[2];

	for (int i = 0; i < 2; i++) {
		struct levin_sim *sim = levin_sim_new(9, &rough);
		char bytes[100];
		int ends[2];

		ck_assert_int_eq(levin_sim_socketpair(sim, ends), 0);
		for (int round = 0; round < 100; round++) {
			if (i == 1)
				ck_assert_uint_lt(levin_sim_random(sim, 10), 10);
			memset(bytes, round, sizeof(bytes));
			levin_sim_write(ends[0], bytes, sizeof(bytes));
			levin_sim_read(ends[1], bytes, sizeof(bytes));
		}
		hashes[i] = levin_sim_trace_hash(sim);
		levin_sim_free(sim);
	}

	ck_assert_uint_eq(hashes[0], hashes[1]);
}

/* A random call that makes a descriptor. */
static void
random_opening(struct levin_sim *sim, int fd)
{
	int ends[2];

	switch (levin_sim_random(sim, 6)) {
	case 0:
		levin_sim_socketpair(sim, ends);
		break;
	case 1:
		levin_sim_pipe(sim, ends);
		break;
	case 2:
		levin_sim_dup(fd);
		break;
	case 3:
		levin_sim_listener(sim, 1, 3);
		break;
	default:
		levin_sim_connect(sim, 1 + (int)levin_sim_random(sim, 2));
		break;
	}
}

/* A random call that ends something. */
static void
random_ending(struct levin_sim *sim, int fd)
{
	switch (levin_sim_random(sim, 10)) {
	case 0:
		levin_sim_reset(fd);
		break;
	case 1:
	case 2:
	case 3:
		levin_sim_shutdown(fd, (int)levin_sim_random(sim, 3));
		break;
	default:
		levin_sim_close(fd);
		break;
	}
}

/* Random calls on random descriptors; the hash of the run. */
static uint64_t
random_run(uint64_t seed)
{
	struct levin_sim_options rough = {.latency_max_ns = 1000,
	    .short_read_permille = 200,
	    .short_write_permille = 200,
	    .spurious_eagain_permille = 200,
	    .reset_permille = 10,
	    .refuse_permille = 100,
	    .reorder_permille = 500,
	    .hold_back_permille = 100,
	    .capacity = 500,
	    .descriptor_limit = 60};
	struct levin_sim *sim = levin_sim_new(seed, &rough);
	int first = levin_sim_listener(sim, 1, 3);
	char bytes[400] = {0};
	uint64_t hash;

	for (int i = 0; i < 3000; i++) {
		int fd = first + (int)levin_sim_random(sim, 60);
		size_t size = (size_t)levin_sim_random(sim, sizeof(bytes));
		uint64_t choice = levin_sim_random(sim, 16);

		memset(bytes, i, size);
		if (choice < 4)
			random_opening(sim, fd);
		else if (choice < 6)
			levin_sim_accept(first);
		else if (choice < 8)
			random_ending(sim, fd);
		else if (choice < 9)
			levin_sim_spend(sim, (int64_t)levin_sim_random(sim, 2000));
		else if (choice < 12)
			levin_sim_read(fd, bytes, size);
		else
			levin_sim_write(fd, bytes, size);
	}
	hash = levin_sim_trace_hash(sim);
	levin_sim_free(sim);
	return hash;
}

TEST(levin_sim__the_same_seed_gives_the_same_run)
{
	for (uint64_t seed = 0; seed < 50; seed++) {
		uint64_t hash = random_run(seed);

		ck_assert_uint_eq(random_run(seed), hash);
		ck_assert_uint_ne(random_run(seed + 1), hash);
	}
}

static void
count_line(const char *line, void *arg)
{
	ck_assert_uint_gt(strlen(line), 0);
	ck_assert_ptr_null(strchr(line, '\n'));
	++*(int *)arg;
}

TEST(levin_sim__a_listener_changes_nothing)
{
	struct levin_sim *told = levin_sim_new(1, NULL);
	struct levin_sim *untold = levin_sim_new(1, NULL);
	int lines = 0;

	levin_sim_set_trace(told, count_line, &lines);
	levin_sim_socket(told, AF_INET, SOCK_STREAM);
	levin_sim_socket(untold, AF_INET, SOCK_STREAM);
	levin_sim_spend(told, 7);
	levin_sim_spend(untold, 7);

	ck_assert_int_eq(lines, 2);
	ck_assert_uint_eq(levin_sim_trace_hash(told), levin_sim_trace_hash(untold));
	levin_sim_free(told);
	levin_sim_free(untold);
	ck_assert_int_eq(lines, 3);
}
