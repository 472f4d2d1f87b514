/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "sim/sim_network.h"
#include "support/suite.h"

static struct levin_sim sim;

static void
set_up(void)
{
	ck_assert_int_eq(lvn_sim_kernel_set_options(&sim,
			     &(struct levin_sim_options){
				 .latency_min_ns = 5, .latency_max_ns = 9, .refuse_permille = 3}),
	    0);
	lvn_sim_kernel_init(&sim, 1, 0);
}

static void
tear_down(void)
{
	lvn_sim_network_clear(&sim);
}

/* The loss that marks the route between the two hosts. */
static unsigned
loss_between(const char *from_text, const char *to_text)
{
	struct sim_address from;
	struct sim_address to;

	ck_assert_int_eq(lvn_sim_address_read(&from, from_text), 0);
	ck_assert_int_eq(lvn_sim_address_read(&to, to_text), 0);
	return lvn_sim_network_between(&sim, &from, &to).loss_permille;
}

static void
mark(const char *from, const char *to, unsigned loss)
{
	struct levin_sim_link link = {.loss_permille = loss};

	ck_assert_int_eq(lvn_sim_network_set(&sim, from, to, &link), 0);
}

TEST_FIXTURE(set_up, tear_down);

TEST(lvn_sim_network_between__without_routes_the_options_count)
{
	struct sim_address none = {.size = 0};
	struct levin_sim_link link = lvn_sim_network_between(&sim, &none, &none);

	ck_assert_int_eq(link.latency_min_ns, 5);
	ck_assert_int_eq(link.latency_max_ns, 9);
	ck_assert_uint_eq(link.refuse_permille, 3);
	ck_assert_uint_eq(link.loss_permille, 0);
}

TEST(lvn_sim_network_between__the_most_specific_route)
{
	mark(NULL, NULL, 1);
	ck_assert_uint_eq(loss_between("10.0.0.1:80", "10.0.0.2:80"), 1);
	mark("10.0.0.1", NULL, 2);
	ck_assert_uint_eq(loss_between("10.0.0.1:80", "10.0.0.2:80"), 2);
	mark(NULL, "10.0.0.2", 3);
	ck_assert_uint_eq(loss_between("10.0.0.1:80", "10.0.0.2:80"), 3);
	mark("10.0.0.1", "10.0.0.2", 4);
	ck_assert_uint_eq(loss_between("10.0.0.1:80", "10.0.0.2:80"), 4);
	ck_assert_uint_eq(loss_between("10.0.0.2:80", "10.0.0.1:80"), 1);
	ck_assert_uint_eq(loss_between("10.0.0.1:80", "[::1]:80"), 2);
	ck_assert_int_eq(lvn_sim_network_set(&sim, "10.0.0.1", "10.0.0.2", NULL), 0);
	ck_assert_uint_eq(loss_between("10.0.0.1:80", "10.0.0.2:80"), 3);
}

TEST(lvn_sim_network_set__replaces)
{
	mark(NULL, "10.0.0.2", 3);
	mark(NULL, "10.0.0.2", 4);
	ck_assert_uint_eq(loss_between("10.0.0.1", "10.0.0.2"), 4);
	ck_assert_int_eq(lvn_sim_network_set(&sim, NULL, "10.0.0.2", NULL), 0);
	ck_assert_int_eq(lvn_sim_network_set(&sim, NULL, "10.0.0.2", NULL), 0);
	ck_assert_uint_eq(loss_between("10.0.0.1", "10.0.0.2"), 0);
}

TEST(lvn_sim_network_set__refuses_what_is_illegal)
{
	struct levin_sim_link late = {.latency_min_ns = 2, .latency_max_ns = 1};
	struct levin_sim_link fine = {0};

	ck_assert_int_eq(lvn_sim_network_set(&sim, NULL, NULL, &late), -EINVAL);
	ck_assert_int_eq(lvn_sim_network_set(&sim, "nonsense", NULL, &fine), -EINVAL);
	ck_assert_int_eq(lvn_sim_network_set(&sim, NULL, "/path", &fine), -EINVAL);
}

TEST(lvn_sim_network_latency__stays_within_its_range)
{
	struct levin_sim_link link = {.latency_min_ns = 5, .latency_max_ns = 9};
	bool seen[10] = {false};

	for (int i = 0; i < 200; i++) {
		int64_t latency_ns = lvn_sim_network_latency(&sim, &link);

		ck_assert_int_ge(latency_ns, 5);
		ck_assert_int_le(latency_ns, 9);
		seen[latency_ns] = true;
	}
	ck_assert(seen[5] && seen[9]);
}
