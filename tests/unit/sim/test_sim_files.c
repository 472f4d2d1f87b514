/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_files.h"

#include <errno.h>

#include "base/memory.h"
#include "support/suite.h"

#define FIRST_FD 1000

static struct levin_sim sim;
static int released;

static void
count_release(struct sim_file *file)
{
	(void)file;
	released++;
}

static const struct sim_file_ops counting_ops = {.release = count_release};
static struct sim_file file;

static void
set_up(void)
{
	sim = (struct levin_sim){0};
	released = 0;
	ck_assert_int_eq(lvn_sim_kernel_set_options(&sim, NULL), 0);
	lvn_sim_kernel_init(&sim, 1, FIRST_FD);
	lvn_sim_file_init(&file, &sim, &counting_ops);
}

static void
tear_down(void)
{
	lvn_sim_files_clear(&sim);
}

static int
install(void)
{
	ck_assert_int_eq(lvn_sim_files_reserve(&sim, 1), 0);
	return lvn_sim_files_install(&sim, &file, SIM_TRACE_OPEN);
}

TEST_FIXTURE(set_up, tear_down);

TEST(sim_files__the_lowest_free_number_is_taken)
{
	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(install(), FIRST_FD + i);
	lvn_sim_files_close(&sim, FIRST_FD + 150);
	lvn_sim_files_close(&sim, FIRST_FD + 7);

	ck_assert_int_eq(install(), FIRST_FD + 7);
	ck_assert_int_eq(install(), FIRST_FD + 150);
	ck_assert_int_eq(install(), FIRST_FD + 200);
	ck_assert_uint_eq(sim.files.open_count, 201);
}

TEST(sim_files__a_file_ends_with_its_last_descriptor)
{
	int a = install();
	int b = install();

	ck_assert_int_eq(lvn_sim_files_close(&sim, a), 0);
	ck_assert_int_eq(released, 0);
	ck_assert_ptr_eq(lvn_sim_files_at(&sim, b), &file);

	ck_assert_int_eq(lvn_sim_files_close(&sim, b), 0);
	ck_assert_int_eq(released, 1);
}

TEST(sim_files__what_is_not_open_is_not_found)
{
	int fd = install();

	ck_assert_ptr_null(lvn_sim_files_at(&sim, fd + 1));
	ck_assert_ptr_null(lvn_sim_files_at(&sim, FIRST_FD - 1));
	ck_assert_ptr_null(lvn_sim_files_at(&sim, FIRST_FD + SIM_DESCRIPTOR_COUNT));
	ck_assert_int_eq(lvn_sim_files_close(&sim, fd + 1), -EBADF);
	ck_assert_int_eq(lvn_sim_files_close(&sim, fd), 0);
	ck_assert_int_eq(lvn_sim_files_close(&sim, fd), -EBADF);
}

TEST(sim_files__the_limit_of_descriptors_holds)
{
	static const struct levin_sim_options few = {.descriptor_limit = 3};

	ck_assert_int_eq(lvn_sim_kernel_set_options(&sim, &few), 0);
	install();
	install();

	ck_assert_int_eq(lvn_sim_files_reserve(&sim, 2), -EMFILE);
	ck_assert_int_eq(lvn_sim_files_reserve(&sim, 1), 0);
}

TEST(sim_files__all_descriptors_of_a_simulation_can_be_open)
{
	for (int i = 0; i < SIM_DESCRIPTOR_COUNT; i++)
		ck_assert_int_eq(install(), FIRST_FD + i);

	ck_assert_int_eq(lvn_sim_files_reserve(&sim, 1), -EMFILE);
}

static void *
no_memory(void *block, size_t size)
{
	(void)block;
	(void)size;
	return NULL;
}

TEST(sim_files__short_memory_leaves_the_table_as_it_was)
{
	int fd = install();

	lvn_memory_set_functions(NULL, no_memory, NULL);

	ck_assert_int_eq(lvn_sim_files_reserve(&sim, 1000), -ENOMEM);
	ck_assert_ptr_eq(lvn_sim_files_at(&sim, fd), &file);
}
