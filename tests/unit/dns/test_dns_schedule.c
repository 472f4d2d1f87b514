/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_schedule.h"

#include "dns/dns_network_fields.h"
#include "support/dns_network_case.h"

TEST_FIXTURE(set_up, tear_down);

TEST(lvn_dns_schedule_set_now__is_the_clock_of_the_base)
{
	levin_sim_spend(kit.sim, 1234567 * INT64_C(1000));
	lvn_dns_schedule_set_now(kit.network);
	ck_assert_int_eq(kit.network->now_ns, levin_sim_now_ns(kit.sim));
}

TEST(lvn_dns_schedule_begin__an_id_that_is_taken_leads_to_the_next)
{
	static struct kit_question others[2];
	uint16_t number;

	kit_add_server(&kit, kit_answer_nothing);
	kit.options.max_inflight = 1;
	kit_start(&kit, &others[0], "www.example");
	kit_start(&kit, &others[1], "www.example");
	number = others[0].exchange->id.number;
	others[1].exchange->id.number = number;
	ck_assert(!others[1].exchange->id.is_used);
	kit.options.max_inflight = 2;
	lvn_dns_schedule_settle(kit.network);

	ck_assert(others[1].exchange->id.is_used);
	ck_assert_uint_eq(others[1].exchange->id.number, (uint16_t)(number + 1));
	kit_cancel(&others[0]);
	kit_cancel(&others[1]);
}

TEST(lvn_dns_schedule_arm__later_times_leave_the_timer)
{
	int64_t set_ns;

	kit_add_server(&kit, kit_answer);
	kit_start(&kit, &question, "www.example");
	set_ns = kit.network->timer_ns;
	ck_assert_int_eq(set_ns, question.started_ns + 2000 * KIT_MS);
	kit_run(&kit);
	/* It is not worth a call to set it later. */
	ck_assert_int_eq(kit.network->timer_ns, set_ns);
	kit_run_for(&kit, 2001 * KIT_MS);
	ck_assert_int_gt(kit.network->timer_ns, set_ns + 80000000 * KIT_MS);
}

TEST(lvn_dns_schedule_arm__without_memory_for_the_timer_it_is_due_at_once)
{
	kit_add_server(&kit, kit_answer_nothing);
	kit_start(&kit, &question, "www.example");
	kit.network->timer_ns = INT64_MAX;
	event_del(kit.network->timer);
	levin_sim_fail_allocations(kit.sim, 1, 0);
	lvn_dns_schedule_arm(kit.network);
	event_base_loop(kit.base, EVLOOP_NONBLOCK);
	levin_sim_fail_allocations(kit.sim, 0, 0);
	kit_run(&kit);
	ck_assert_int_eq(question.took_ns, 15000 * KIT_MS);
}
