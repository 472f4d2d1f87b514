/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_try.h"

#include <errno.h>

#include "dns/dns_network_fields.h"
#include "dns/dns_schedule.h"
#include "support/dns_network_case.h"

static struct dns_upstream *
upstream_at(size_t i)
{
	return container_of(kit.network->servers[i], struct dns_upstream, server);
}

TEST_FIXTURE(set_up, tear_down);

TEST(lvn_dns_try_next__every_server_once_in_a_round)
{
	struct dns_exchange *exchange;

	for (int i = 0; i < 3; i++)
		kit_add_server(&kit, kit_answer_nothing);
	kit_start(&kit, &question, "www.example");
	exchange = question.exchange;
	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 3; i++) {
			ck_assert_uint_eq(exchange->round, round);
			ck_assert_uint_eq(exchange->upstream->server.number, i);
			ck_assert_int_eq(exchange->state, EXCHANGE_ASKING);
			lvn_dns_try_end(exchange);
		}
	}
	ck_assert_int_eq(exchange->state, EXCHANGE_LINGERING);
	ck_assert(!exchange->has_slot);
	kit_cancel(&question);
}

static unsigned
count_in_tries(const struct dns_exchange *exchange, const struct dns_socket *socket)
{
	unsigned count = 0;

	for (int i = 0; i < LVN_DNS_TRIES_KEPT; i++)
		count += exchange->tries[i].socket == socket;
	return count;
}

TEST(lvn_dns_try_next__the_latest_tries_are_kept)
{
	struct dns_exchange *exchange;
	struct dns_socket *sockets[8];

	for (size_t i = 0; i < 4; i++) {
		kit_add_server(&kit, kit_answer_nothing);
		/* It needs no probe. */
		upstream_at(i)->server.samples = 1;
	}
	kit_start(&kit, &question, "www.example");
	exchange = question.exchange;
	for (int i = 0; i < 8; i++) {
		sockets[i] = exchange->tries[0].socket;
		lvn_dns_try_end(exchange);
		for (int k = 0; k <= i; k++)
			ck_assert_uint_eq(sockets[k]->users, count_in_tries(exchange, sockets[k]));
	}
	ck_assert_uint_eq(count_in_tries(exchange, NULL), 0);
	lvn_dns_try_forget(exchange);
	ck_assert_uint_eq(count_in_tries(exchange, NULL), LVN_DNS_TRIES_KEPT);
	for (int k = 0; k < 8; k++)
		ck_assert_uint_eq(sockets[k]->users, 0);
	kit_cancel(&question);
}

TEST(lvn_dns_try_again__the_same_server)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer_nothing);
	struct kit_server *other = kit_add_server(&kit, kit_answer_nothing);

	kit_start(&kit, &question, "www.example");
	lvn_dns_try_again(question.exchange);
	lvn_dns_try_flush(kit.network);
	kit_run_for(&kit, 10 * KIT_MS);
	ck_assert_uint_eq(server->queries, 2);
	ck_assert_uint_eq(other->queries, 1);
	ck_assert_uint_eq(question.exchange->tried, 1);
	kit_cancel(&question);
}

TEST(lvn_dns_try_refused__all_that_ask_the_server_go_on)
{
	static struct kit_question others[50];

	kit_add_server(&kit, kit_answer_nothing);
	kit_add_server(&kit, kit_answer_nothing);
	for (int i = 0; i < 50; i++)
		kit_start(&kit, &others[i], "www.example");
	for (int i = 0; i < 50; i++)
		ck_assert_uint_eq(others[i].exchange->upstream->server.number, 0);
	lvn_dns_try_refused(upstream_at(0), -ECONNREFUSED);
	lvn_dns_try_flush(kit.network);
	for (int i = 0; i < 50; i++) {
		ck_assert_uint_eq(others[i].exchange->upstream->server.number, 1);
		ck_assert_int_eq(others[i].exchange->error, -ECONNREFUSED);
	}
	ck_assert(lvn_dns_ring_is_alone(&upstream_at(0)->asked));
	for (int i = 0; i < 50; i++)
		kit_cancel(&others[i]);
}

TEST(lvn_dns_try_end__a_server_that_replies_to_others_is_not_blamed)
{
	kit_add_server(&kit, kit_answer_nothing);
	kit_start(&kit, &question, "www.example");
	kit_run_for(&kit, 100 * KIT_MS);
	lvn_dns_schedule_set_now(kit.network);
	lvn_dns_server_note_reply(&upstream_at(0)->server, true, kit.network->now_ns, 1);
	lvn_dns_try_end(question.exchange);
	ck_assert_uint_eq(upstream_at(0)->server.failures, 0);
	ck_assert_uint_eq(upstream_at(0)->server.timeouts, 1);
	kit_cancel(&question);
}

TEST(lvn_dns_try_flush__a_full_queue_is_tried_again_soon)
{
	const struct levin_sim_options full = {.spurious_eagain_permille = 999};

	kit_add_server(&kit, kit_answer);
	levin_sim_set_options(kit.sim, &full);
	kit_start(&kit, &question, "www.example");
	kit_run_for(&kit, 100 * KIT_MS);
	ck_assert_uint_eq(question.ended, 0);
	levin_sim_set_options(kit.sim, NULL);
	kit_run(&kit);

	kit_expect_address(&question, 1);
	ck_assert_int_le(question.took_ns, 110 * KIT_MS);
	ck_assert_uint_eq(upstream_at(0)->server.failures, 0);
}

static struct kit_question many[300];

TEST_RANGE(lvn_dns_try_flush__many_questions_to_servers_that_refuse, 1, 5)
{
	for (int i = 0; i < _i; i++)
		kit_add_server(&kit, i == 3 ? kit_answer : NULL);
	kit.options.max_inflight = 300;
	for (int i = 0; i < 300; i++)
		kit_start(&kit, &many[i], "www.example");
	kit_run(&kit);

	for (int i = 0; i < 300; i++) {
		ck_assert_uint_eq(many[i].ended, 1);
		ck_assert_int_eq(many[i].status, _i == 4 ? 0 : -ECONNREFUSED);
	}
}
