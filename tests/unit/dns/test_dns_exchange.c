/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_exchange.h"

#include <errno.h>

#include "dns/dns_message.h"
#include "dns/dns_network_fields.h"
#include "support/dns_network_case.h"

TEST_FIXTURE(set_up, tear_down);

/* ---- Questions -------------------------------------------------------------------------- */

TEST(lvn_dns_exchange_start__outcome_is_the_reply)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer);

	kit_ask(&kit, &question, "www.example");

	kit_expect_address(&question, 1);
	ck_assert_uint_eq(server->queries, 1);
	ck_assert_uint_eq(kit.settled, 1);
	ck_assert_ptr_eq(question.server, lvn_dns_network_server_locked(kit.network, 0));
	ck_assert(!question.by_tcp);
}

TEST(lvn_dns_exchange_start__flags_are_those_that_are_asked_for)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer);

	kit_ask(&kit, &question, "www.example");
	ck_assert_uint_eq(server->last.message[2], 0x01);
	ck_assert_uint_eq(server->last.message[3], 0x00);
	kit_start_with(&kit, &question, "www.example", DNS_TYPE_AAAA,
	    DNS_EXCHANGE_AUTHENTIC | DNS_EXCHANGE_NO_CHECKING | DNS_EXCHANGE_NO_RECURSION |
		DNS_EXCHANGE_DNSSEC_OK);
	kit_run(&kit);
	ck_assert_uint_eq(server->last.message[2], 0x00);
	ck_assert_uint_eq(server->last.message[3], 0x30);
	ck_assert_uint_eq(server->last.message[server->last.size - 16], 0x80);
}

/* ---- Silence ---------------------------------------------------------------------------- */

TEST(lvn_dns_exchange_start__first_timeouts_are_two_four_and_five_seconds)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer_nothing);

	kit_ask(&kit, &question, "www.example");

	ck_assert_int_eq(question.status, -ETIMEDOUT);
	ck_assert_ptr_null(question.server);
	ck_assert_int_eq(question.took_ns, 15000 * KIT_MS);
	ck_assert_int_eq(question.ended_ns - question.started_ns, 15000 * KIT_MS);
	ck_assert_uint_eq(server->queries, 3);
	ck_assert_int_eq(server->came_ns[1] - question.started_ns, 2000 * KIT_MS);
	ck_assert_int_eq(server->came_ns[2] - question.started_ns, 6000 * KIT_MS);
}

TEST(lvn_dns_exchange_start__timeout_that_is_set_is_that_of_each_try)
{
	struct kit_server *one = kit_add_server(&kit, kit_answer_nothing);
	struct kit_server *other = kit_add_server(&kit, kit_answer_nothing);

	kit.options.given = GIVEN_TIMEOUT;
	kit.options.timeout_ns = 700 * KIT_MS;
	kit.options.attempts = 2;
	kit_ask(&kit, &question, "www.example");

	ck_assert_int_eq(question.status, -ETIMEDOUT);
	ck_assert_int_eq(question.took_ns, 4 * 700 * KIT_MS);
	ck_assert_uint_eq(one->queries, 2);
	/* And one beside the first question, to find out whether it works. */
	ck_assert_uint_eq(other->queries, 3);
}

TEST(lvn_dns_exchange_start__five_times_the_latency_is_waited)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer_late);

	server->delay_ns = 100 * KIT_MS;
	for (int i = 0; i < 3; i++)
		kit_ask(&kit, &question, "www.example");
	server->answer = kit_answer_nothing;
	kit_ask(&kit, &question, "www.example");

	ck_assert_int_eq(question.status, -ETIMEDOUT);
	ck_assert_int_eq(question.took_ns, 15000 * KIT_MS);
	ck_assert_uint_eq(server->queries, 6);
	ck_assert_int_eq(server->came_ns[4] - server->came_ns[3], 500 * KIT_MS);
	ck_assert_int_eq(server->came_ns[5] - server->came_ns[4], 1000 * KIT_MS);
}

TEST(lvn_dns_exchange_start__reply_to_an_earlier_try_counts)
{
	struct kit_server *slow = kit_add_server(&kit, kit_answer_late);

	slow->delay_ns = 3500 * KIT_MS;
	kit_add_server(&kit, kit_answer_nothing);
	kit_ask(&kit, &question, "www.example");

	kit_expect_address(&question, 1);
	ck_assert_int_eq(question.took_ns, 3500 * KIT_MS);
	ck_assert_int_eq(lvn_dns_network_server_locked(kit.network, 0)->latency_ns, 3500 * KIT_MS);
}

TEST(lvn_dns_exchange_start__reply_counts_until_the_deadline)
{
	struct kit_server *slow = kit_add_server(&kit, kit_answer_late);

	slow->delay_ns = 14900 * KIT_MS;
	kit_ask(&kit, &question, "www.example");

	kit_expect_address(&question, 1);
	ck_assert_int_eq(question.took_ns, 14900 * KIT_MS);
}

TEST(lvn_dns_exchange_start__a_silent_server_is_followed_by_the_next)
{
	struct kit_server *silent = kit_add_server(&kit, kit_answer_nothing);

	kit_add_server(&kit, kit_answer);
	kit_ask(&kit, &question, "www.example");
	kit_expect_address(&question, 2);
	ck_assert_int_eq(question.took_ns, 2000 * KIT_MS);

	/* And the next one comes first from now on. */
	kit_ask(&kit, &question, "www.example");
	kit_expect_address(&question, 2);
	ck_assert_int_eq(question.took_ns, 0);
	ck_assert_uint_eq(silent->queries, 1);
}

/* ---- Refusals --------------------------------------------------------------------------- */

TEST(lvn_dns_exchange_start__a_refusal_counts_at_once)
{
	kit_add_server(&kit, NULL);
	kit_add_server(&kit, kit_answer);

	kit_ask(&kit, &question, "www.example");

	kit_expect_address(&question, 2);
	ck_assert_int_eq(question.took_ns, 0);
	ck_assert(lvn_dns_network_server_locked(kit.network, 0)->has_failed);
}

TEST(lvn_dns_exchange_start__refusals_of_all_servers_end_it)
{
	kit_add_server(&kit, NULL);
	kit_add_server(&kit, NULL);

	kit_ask(&kit, &question, "www.example");

	ck_assert_int_eq(question.status, -ECONNREFUSED);
	ck_assert_int_eq(question.took_ns, 750 * KIT_MS);
}

TEST(lvn_dns_exchange_start__a_server_that_starts_meanwhile_is_found)
{
	struct kit_server *server = kit_add_server(&kit, NULL);

	kit_start(&kit, &question, "www.example");
	kit_run_for(&kit, 100 * KIT_MS);
	kit_start_server(server, kit_answer);
	kit_run(&kit);

	kit_expect_address(&question, 1);
	ck_assert_int_eq(question.took_ns, 250 * KIT_MS);
	ck_assert(!lvn_dns_network_server_locked(kit.network, 0)->has_failed);
}

/* ---- Slots ------------------------------------------------------------------------------ */

TEST(lvn_dns_exchange_start__waits_for_a_slot)
{
	static struct kit_question more[3];
	struct kit_server *server = kit_add_server(&kit, kit_answer_late);

	server->delay_ns = 10 * KIT_MS;
	kit.options.max_inflight = 1;
	for (int i = 0; i < 3; i++)
		kit_start(&kit, &more[i], "www.example");
	ck_assert_uint_eq(kit.network->inflight, 1);
	ck_assert_uint_eq(kit.network->exchange_count, 3);
	kit_run(&kit);

	for (int i = 0; i < 3; i++) {
		kit_expect_address(&more[i], 1);
		ck_assert_int_eq(more[i].took_ns, (i + 1) * 10 * KIT_MS);
	}
	ck_assert_uint_eq(server->queries, 3);
}

static void
answer_all_but_dead(const struct kit_query *query)
{
	if ((query->message[LVN_DNS_HEADER_SIZE + 1] | 0x20) != 'd')
		kit_answer(query);
}

TEST(lvn_dns_exchange_start__a_name_without_reply_gives_its_slot_back)
{
	static struct kit_question dead[2];

	kit_add_server(&kit, answer_all_but_dead);
	kit.options.max_inflight = 2;
	for (int i = 0; i < 2; i++)
		kit_start(&kit, &dead[i], "dead.example");
	kit_start(&kit, &question, "www.example");
	kit_run(&kit);

	kit_expect_address(&question, 1);
	ck_assert_int_eq(question.took_ns, 2000 * KIT_MS);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(dead[i].took_ns, 15000 * KIT_MS);
}

TEST(lvn_dns_exchange_start__deadline_runs_while_it_waits_for_a_slot)
{
	static struct kit_question more[20];

	kit_add_server(&kit, kit_answer_nothing);
	kit.options.max_inflight = 1;
	for (int i = 0; i < 20; i++)
		kit_start(&kit, &more[i], "www.example");
	kit_run(&kit);

	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(more[i].status, -ETIMEDOUT);
		ck_assert_int_eq(more[i].took_ns, 15000 * KIT_MS);
	}
}

TEST(lvn_dns_exchange_start__more_than_an_outbox_holds)
{
	static struct kit_question more[200];
	struct kit_server *server = kit_add_server(&kit, kit_answer);

	kit.options.max_inflight = 150;
	for (int i = 0; i < 200; i++)
		kit_start(&kit, &more[i], "www.example");
	kit_run(&kit);

	for (int i = 0; i < 200; i++)
		kit_expect_address(&more[i], 1);
	ck_assert_uint_eq(server->queries, 200);
}

/* ---- Callbacks -------------------------------------------------------------------------- */

TEST(lvn_dns_exchange_cancel__no_outcome_comes)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer);

	kit_start(&kit, &question, "www.example");
	kit_cancel(&question);
	kit_run_for(&kit, 20000 * KIT_MS);

	ck_assert_uint_eq(question.ended, 0);
	ck_assert_uint_eq(server->queries, 1);
	lvn_dns_exchange_cancel_locked(NULL);
}

TEST(lvn_dns_exchange_cancel__frees_the_slot)
{
	static struct kit_question first;
	struct kit_server *server = kit_add_server(&kit, kit_answer_nothing);

	kit.options.max_inflight = 1;
	kit_start(&kit, &first, "www.example");
	kit_start(&kit, &question, "www.example");
	kit_run_for(&kit, 100 * KIT_MS);
	server->answer = kit_answer;
	kit_cancel(&first);
	kit_run(&kit);

	kit_expect_address(&question, 1);
	ck_assert_int_eq(question.took_ns, 100 * KIT_MS);
}

static struct kit_question following[3];

static void
cancel_the_next_and_start_another(struct kit_question *ended)
{
	(void)ended;
	kit_cancel(&following[1]);
	kit_start(&kit, &following[2], "www.example");
}

TEST(lvn_dns_exchange_start__outcome_may_start_and_cancel_others)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer);

	following[0].on_end = cancel_the_next_and_start_another;
	kit_start(&kit, &following[0], "www.example");
	kit_start(&kit, &following[1], "www.example");
	kit_run(&kit);

	kit_expect_address(&following[0], 1);
	ck_assert_uint_eq(following[1].ended, 0);
	kit_expect_address(&following[2], 1);
	ck_assert_uint_eq(server->queries, 3);
}

static void
start_one_more(struct dns_kit *of)
{
	if (question.ended == 0 && !question.exchange)
		kit_start(of, &question, "www.example");
}

TEST(lvn_dns_exchange_start__within_after_exchanges)
{
	kit_add_server(&kit, kit_answer);
	kit.after = start_one_more;
	kit_ask(&kit, &following[0], "www.example");
	kit_run(&kit);

	kit_expect_address(&question, 1);
}

/* ---- Servers that are not known to work ------------------------------------------------- */

TEST(lvn_dns_exchange_start__a_failed_server_is_asked_again_beside_others)
{
	struct kit_server *server = kit_add_server(&kit, NULL);

	kit_add_server(&kit, kit_answer);
	kit_ask(&kit, &question, "www.example");
	ck_assert(lvn_dns_network_server_locked(kit.network, 0)->has_failed);
	kit_start_server(server, kit_answer);
	kit_ask(&kit, &question, "www.example");
	ck_assert_uint_eq(server->queries, 0);

	kit_run_for(&kit, 1000 * KIT_MS);
	kit_ask(&kit, &question, "www.example");
	kit_expect_address(&question, 2);
	ck_assert_uint_eq(server->queries, 1);
	ck_assert(!lvn_dns_network_server_locked(kit.network, 0)->has_failed);
}

TEST(lvn_dns_exchange_start__pauses_between_probes_grow_and_end)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer_nothing);
	int64_t last_ns;

	kit_add_server(&kit, kit_answer);
	for (int i = 0; i < 3000; i++) {
		kit_ask(&kit, &question, "www.example");
		kit_run_for(&kit, 100 * KIT_MS);
	}
	last_ns = server->came_ns[server->queries - 1] - server->came_ns[server->queries - 2];
	ck_assert_int_ge(last_ns, 30000 * KIT_MS);
	ck_assert_int_le(last_ns, 30100 * KIT_MS);
	ck_assert_uint_lt(server->queries, 20);
}

TEST(lvn_dns_exchange_start__the_fastest_server_is_asked)
{
	static const struct levin_sim_link slow = {
	    .latency_min_ns = 20 * KIT_MS, .latency_max_ns = 20 * KIT_MS};
	static const struct levin_sim_link fast = {
	    .latency_min_ns = 1 * KIT_MS, .latency_max_ns = 1 * KIT_MS};

	kit_set_link(kit_add_server(&kit, kit_answer), &slow);
	kit_set_link(kit_add_server(&kit, kit_answer), &fast);
	kit_ask(&kit, &question, "www.example");
	kit_expect_address(&question, 1);
	kit_ask(&kit, &question, "www.example");
	kit_expect_address(&question, 2);
	ck_assert_int_eq(question.took_ns, 2 * KIT_MS);
}
