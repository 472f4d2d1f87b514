/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_registry.h"

#include <errno.h>
#include <levin/sim.h>
#include <limits.h>
#include <sys/socket.h>

#include "base/io.h"
#include "sim/sim_kernel.h"
#include "support/suite.h"

TEST(sim_registry__simulations_have_ranges_of_their_own)
{
	struct levin_sim *a = levin_sim_new(1, NULL);
	struct levin_sim *b = levin_sim_new(1, NULL);
	int fd_of_a = levin_sim_socket(a, AF_INET, SOCK_STREAM);
	int fd_of_b = levin_sim_socket(b, AF_INET, SOCK_STREAM);

	ck_assert_int_eq(fd_of_a, LVN_IO_FIRST_SIMULATED_FD);
	ck_assert_int_eq(fd_of_b, fd_of_a + SIM_DESCRIPTOR_COUNT);
	ck_assert_ptr_eq(lvn_sim_registry_find(fd_of_a), a);
	ck_assert_ptr_eq(lvn_sim_registry_find(fd_of_b - 1), a);
	ck_assert_ptr_eq(lvn_sim_registry_find(fd_of_b), b);
	levin_sim_free(a);

	ck_assert_ptr_null(lvn_sim_registry_find(fd_of_a));
	ck_assert_int_eq(levin_sim_close(fd_of_a), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(levin_sim_close(fd_of_b), 0);
	levin_sim_free(b);
}

TEST(sim_registry__other_numbers_belong_to_no_simulation)
{
	struct levin_sim *sim = levin_sim_new(1, NULL);

	ck_assert_ptr_null(lvn_sim_registry_find(-1));
	ck_assert_ptr_null(lvn_sim_registry_find(0));
	ck_assert_ptr_null(lvn_sim_registry_find(LVN_IO_FIRST_SIMULATED_FD - 1));
	ck_assert_ptr_null(lvn_sim_registry_find(INT_MAX));
	levin_sim_free(sim);
}

TEST(sim_registry__there_is_a_limit_of_simulations)
{
	struct levin_sim *sims[SIM_REGISTRY_LIMIT];

	for (int i = 0; i < SIM_REGISTRY_LIMIT; i++) {
		sims[i] = levin_sim_new(1, NULL);
		ck_assert_ptr_nonnull(sims[i]);
	}
	ck_assert_ptr_null(levin_sim_new(1, NULL));
	ck_assert_int_eq(errno, EMFILE);
	levin_sim_free(sims[100]);

	sims[100] = levin_sim_new(1, NULL);

	ck_assert_ptr_nonnull(sims[100]);
	for (int i = 0; i < SIM_REGISTRY_LIMIT; i++)
		levin_sim_free(sims[i]);
}
