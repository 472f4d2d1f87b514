/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_selection.h"

#include "dns/dns_server.h"
#include "support/suite.h"

enum { COUNT = 3 };

static struct dns_server of[COUNT];
static struct dns_server *const servers[COUNT] = {&of[0], &of[1], &of[2]};

static void
set_up(void)
{
	for (unsigned i = 0; i < COUNT; i++)
		of[i] = (struct dns_server){.number = i};
}

#define ck_best(without, expected) \
	ck_assert_ptr_eq(lvn_dns_selection_best(servers, COUNT, without), expected)

TEST_FIXTURE(set_up, NULL);

TEST(lvn_dns_selection_best__unknown_ones_in_their_order)
{
	ck_best(0, &of[0]);
	ck_best(1, &of[1]);
	ck_best(3, &of[2]);
	ck_best(7, NULL);
	ck_assert_ptr_null(lvn_dns_selection_best(servers, 0, 0));
}

TEST(lvn_dns_selection_best__known_before_unknown)
{
	of[1].samples = 1;
	of[1].latency_ns = 5;
	ck_best(0, &of[1]);
	ck_best(2, &of[0]);
}

TEST(lvn_dns_selection_best__the_fastest)
{
	for (int i = 0; i < COUNT; i++) {
		of[i].samples = 3;
		of[i].latency_ns = 10 - i;
	}
	ck_best(0, &of[2]);
	ck_best(4, &of[1]);
	of[1].latency_ns = 10;
	ck_best(4, &of[0]);
}

TEST(lvn_dns_selection_best__the_fewest_failures_before_all)
{
	of[0].failures = 3;
	of[0].samples = 3;
	of[1].failures = 1;
	of[2].failures = 2;
	ck_best(0, &of[1]);
	ck_best(2, &of[2]);
	ck_best(6, &of[0]);
}

#define ck_probe(asked, now_ns, expected) \
	ck_assert_ptr_eq(lvn_dns_selection_probe(servers, COUNT, asked, now_ns), expected)

TEST(lvn_dns_selection_probe__unknown_and_failed_ones_when_it_is_time)
{
	of[0].samples = 1;
	of[1].probe_ns = 10;
	of[2].samples = 3;
	of[2].failures = 1;
	of[2].probe_ns = 20;
	ck_probe(&of[0], 9, NULL);
	ck_probe(&of[0], 10, &of[1]);
	ck_probe(&of[1], 10, NULL);
	ck_probe(&of[1], 20, &of[2]);
	of[1].samples = 1;
	ck_probe(&of[0], 20, &of[2]);
	of[2].failures = 0;
	ck_probe(&of[0], 30, NULL);
}
