/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/private.h"
#include "dns/dns_network_fields.h"
#include "support/dns_network_case.h"

static void
free_network(struct dns_kit *of)
{
	lvn_private_lock_acquire(of->lock);
	lvn_dns_network_free_locked(of->network);
	of->network = NULL;
	lvn_private_lock_release(of->lock);
}

TEST_FIXTURE(set_up, tear_down);

/* ---- Servers ---------------------------------------------------------------------------- */

static int
add_v4(uint32_t address, in_port_t port, unsigned size)
{
	struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(port)};

	server.sin_addr.s_addr = htonl(address);
	return lvn_dns_network_add_locked(kit.network, (struct sockaddr *)&server, size);
}

static int
add_v6(unsigned scope)
{
	struct sockaddr_in6 server = {.sin6_family = AF_INET6, .sin6_port = htons(53)};

	server.sin6_scope_id = scope;
	return lvn_dns_network_add_locked(kit.network, (struct sockaddr *)&server, sizeof(server));
}

TEST(lvn_dns_network_add__each_address_and_port_once)
{
	struct sockaddr other = {.sa_family = AF_UNIX};

	ck_assert_int_eq(add_v4(0x0a000001, 53, sizeof(struct sockaddr_in)), 0);
	ck_assert_int_eq(add_v4(0x0a000001, 53, sizeof(struct sockaddr_in)), -EEXIST);
	ck_assert_int_eq(add_v4(0x0a000001, 54, sizeof(struct sockaddr_storage)), 0);
	ck_assert_int_eq(add_v4(0x0a000002, 53, sizeof(struct sockaddr_in) - 1), -EAFNOSUPPORT);
	ck_assert_int_eq(add_v6(0), 0);
	ck_assert_int_eq(add_v6(1), 0);
	ck_assert_int_eq(add_v6(1), -EEXIST);
	ck_assert_int_eq(
	    lvn_dns_network_add_locked(kit.network, &other, sizeof(other)), -EAFNOSUPPORT);
	ck_assert_uint_eq(lvn_dns_network_count_locked(kit.network), 4);
	ck_assert_uint_eq(
	    ntohs(lvn_dns_network_server_locked(kit.network, 1)->address.v4.sin_port), 54);
	ck_assert_ptr_null(lvn_dns_network_server_locked(kit.network, 4));
}

TEST(lvn_dns_network_add__as_many_as_fit)
{
	for (unsigned i = 0; i < LVN_DNS_SERVERS_MAX; i++)
		ck_assert_int_eq(add_v4(i, 53, sizeof(struct sockaddr_in)), 0);
	ck_assert_int_eq(add_v4(1000, 53, sizeof(struct sockaddr_in)), -ENOSPC);

	/* The last one is asked as well. */
	kit_ask(&kit, &question, "www.example");
	ck_assert_int_eq(question.status, -ECONNREFUSED);
	ck_assert_uint_eq(lvn_dns_network_server_locked(kit.network, 63)->sent, 3);
}

TEST(lvn_dns_network_add__starts_what_waits)
{
	kit_start(&kit, &question, "www.example");
	kit_run_for(&kit, 5000 * KIT_MS);
	ck_assert_uint_eq(question.ended, 0);
	kit_add_server(&kit, kit_answer);
	kit_run(&kit);

	kit_expect_address(&question, 1);
	ck_assert_int_eq(question.took_ns, 5000 * KIT_MS);
}

TEST(lvn_dns_network_add__without_a_server_the_deadline_comes)
{
	kit_ask(&kit, &question, "www.example");

	ck_assert_int_eq(question.status, -ETIMEDOUT);
	ck_assert_int_eq(question.took_ns, 15000 * KIT_MS);
}

TEST(lvn_dns_network_clear__questions_wait_for_new_servers)
{
	struct kit_server *old = kit_add_server(&kit, kit_answer_late);

	old->delay_ns = 100 * KIT_MS;
	kit_start(&kit, &question, "www.example");
	kit_run_for(&kit, 50 * KIT_MS);
	lvn_dns_network_clear_locked(kit.network);
	ck_assert_uint_eq(lvn_dns_network_count_locked(kit.network), 0);
	ck_assert_uint_eq(kit.network->inflight, 0);
	kit_run_for(&kit, 1000 * KIT_MS);
	ck_assert_uint_eq(question.ended, 0);

	kit_add_server(&kit, kit_answer);
	kit_run(&kit);
	kit_expect_address(&question, 2);
}

TEST(lvn_dns_network_suspend__nothing_is_sent)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer_nothing);
	static struct kit_question other;

	kit_start(&kit, &question, "www.example");
	kit_run_for(&kit, 50 * KIT_MS);
	lvn_dns_network_suspend_locked(kit.network);
	kit_start(&kit, &other, "www.example");
	kit_run_for(&kit, 10000 * KIT_MS);
	ck_assert_uint_eq(server->queries, 1);
	server->answer = kit_answer;
	lvn_dns_network_resume_locked(kit.network);
	kit_run(&kit);

	kit_expect_address(&question, 1);
	kit_expect_address(&other, 1);
}

TEST(lvn_dns_network_suspend__deadlines_come)
{
	kit_add_server(&kit, kit_answer);
	lvn_dns_network_suspend_locked(kit.network);
	kit_ask(&kit, &question, "www.example");

	ck_assert_int_eq(question.status, -ETIMEDOUT);
	ck_assert_int_eq(question.took_ns, 15000 * KIT_MS);
}

TEST(lvn_dns_network_clear__while_a_server_refuses)
{
	kit_add_server(&kit, NULL);
	kit_start(&kit, &question, "www.example");
	kit_run_for(&kit, 100 * KIT_MS);
	lvn_dns_network_clear_locked(kit.network);
	lvn_dns_network_suspend_locked(kit.network);
	kit_add_server(&kit, kit_answer);
	lvn_dns_network_resume_locked(kit.network);
	kit_run(&kit);

	kit_expect_address(&question, 2);
}

TEST(lvn_dns_network_options_changed__more_slots)
{
	static struct kit_question others[3];

	kit_add_server(&kit, kit_answer_nothing);
	kit.options.max_inflight = 1;
	for (int i = 0; i < 3; i++)
		kit_start(&kit, &others[i], "www.example");
	ck_assert_uint_eq(kit.network->inflight, 1);
	kit.options.max_inflight = 2;
	lvn_dns_network_options_changed_locked(kit.network);
	ck_assert_uint_eq(kit.network->inflight, 2);
	for (int i = 0; i < 3; i++)
		kit_cancel(&others[i]);
	ck_assert_uint_eq(kit.network->exchange_count, 0);
}

TEST(lvn_dns_network_fd__a_socket_of_the_server)
{
	struct sockaddr_in peer;
	socklen_t size = sizeof(peer);
	int fd;

	kit_add_server(&kit, kit_answer);
	fd = lvn_dns_network_fd_locked(kit.network, 0);
	ck_assert_int_eq(levin_sim_getpeername(fd, (struct sockaddr *)&peer, &size), 0);
	ck_assert_uint_eq(ntohs(peer.sin_port), 53);
	ck_assert_int_eq(lvn_dns_network_fd_locked(kit.network, 0), fd);
	ck_assert_int_eq(lvn_dns_network_fd_locked(kit.network, 1), -ENOENT);
}

/* ---- What keeps the loop alive ---------------------------------------------------------- */

TEST(lvn_dns_network_new__servers_keep_the_loop_alive)
{
	ck_assert_int_eq(event_base_loop(kit.base, EVLOOP_NONBLOCK), 1);
	kit_add_server(&kit, NULL);
	ck_assert_int_eq(event_base_loop(kit.base, EVLOOP_NONBLOCK), 0);
	kit_ask(&kit, &question, "www.example");
	ck_assert_int_eq(event_base_loop(kit.base, EVLOOP_NONBLOCK), 0);
	lvn_dns_network_clear_locked(kit.network);
	ck_assert_int_eq(event_base_loop(kit.base, EVLOOP_NONBLOCK), 1);
}

/* ---- Freeing ---------------------------------------------------------------------------- */

static void
expect_gone(void)
{
	ck_assert_ptr_null(kit.network);
	ck_assert_uint_eq(question.ended, 0);
}

TEST(lvn_dns_network_free__no_outcomes_come)
{
	kit_add_server(&kit, kit_answer);
	kit_start(&kit, &question, "www.example");
	free_network(&kit);
	ck_assert(!kit.is_freed);
	kit_run_for(&kit, 30000 * KIT_MS);
	expect_gone();
}

TEST(lvn_dns_network_free__waiting_ones)
{
	static struct kit_question others[3];

	kit_add_server(&kit, kit_answer);
	kit.options.max_inflight = 1;
	for (int i = 0; i < 3; i++)
		kit_start(&kit, &others[i], "www.example");
	lvn_dns_network_suspend_locked(kit.network);
	kit_start(&kit, &question, "www.example");
	free_network(&kit);
	expect_gone();
}

TEST(lvn_dns_network_free__within_after_exchanges_of_a_reply)
{
	static struct kit_question other;

	kit_add_server(&kit, kit_answer);
	kit_start(&kit, &other, "www.example");
	kit.after = free_network;
	kit_run(&kit);
	kit.after = NULL;
	kit_expect_address(&other, 1);
	expect_gone();
}

TEST(lvn_dns_network_free__within_after_exchanges_of_a_timeout)
{
	static struct kit_question other;

	kit_add_server(&kit, kit_answer_nothing);
	kit_start(&kit, &other, "www.example");
	kit.after = free_network;
	kit_run(&kit);
	kit.after = NULL;
	ck_assert_int_eq(other.status, -ETIMEDOUT);
	expect_gone();
}

TEST(lvn_dns_network_free__when_the_base_is_freed_first_thing)
{
	struct dns_kit second;

	kit_open(&second, 1);
	kit_add_server(&second, kit_answer);
	kit_start(&second, &question, "www.example");
	free_network(&second);
	kit_stop_server(&second.servers[0]);
	event_base_free(second.base);
	ck_assert(second.is_freed);
	ck_assert_uint_eq(levin_sim_count_descriptors(second.sim), 0);
	levin_sim_free(second.sim);
}

static void
clear_and_add(struct dns_kit *of)
{
	lvn_private_lock_acquire(of->lock);
	lvn_dns_network_clear_locked(of->network);
	lvn_private_lock_release(of->lock);
	kit_add_address(of, "10.0.0.1:53");
	of->after = NULL;
}

TEST(lvn_dns_network_clear__within_after_exchanges)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer);
	static struct kit_question other;

	kit.options.max_inflight = 1;
	kit_start(&kit, &other, "www.example");
	kit_start(&kit, &question, "www.example");
	kit.after = clear_and_add;
	kit_run(&kit);

	kit_expect_address(&other, 1);
	kit_expect_address(&question, 1);
	ck_assert_uint_eq(server->queries, 3);
}

/* ---- Sockets ---------------------------------------------------------------------------- */

TEST(lvn_dns_network__sockets_are_few_and_change)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer);
	unsigned changes = 0;
	unsigned port = 0;

	for (int i = 0; i < 5000; i++) {
		kit_ask(&kit, &question, "www.example");
		kit_expect_address(&question, 1);
		changes += server->ports[i < 64 ? i : 63] != port;
		port = server->ports[i < 64 ? i : 63];
		ck_assert_uint_le(levin_sim_count_descriptors(kit.sim), 1 + LVN_DNS_UDP_ACTIVE);
	}
	/* Three of four questions come from another port than the one before. */
	ck_assert_uint_gt(changes, 3600);
}

TEST(lvn_dns_network__questions_survive_that_there_are_no_descriptors)
{
	const struct levin_sim_options scarce = {.descriptor_limit = 1};

	kit_add_server(&kit, kit_answer);
	levin_sim_set_options(kit.sim, &scarce);
	kit_start(&kit, &question, "www.example");
	kit_run_for(&kit, 3000 * KIT_MS);
	ck_assert_uint_eq(question.ended, 0);
	levin_sim_set_options(kit.sim, NULL);
	kit_run(&kit);
	kit_expect_address(&question, 1);

	/* One socket is enough. */
	levin_sim_set_options(kit.sim, &(struct levin_sim_options){.descriptor_limit = 2});
	for (int i = 0; i < 1000; i++) {
		kit_ask(&kit, &question, "www.example");
		kit_expect_address(&question, 1);
	}
}

TEST(lvn_dns_network__no_descriptors_until_the_deadline)
{
	const struct levin_sim_options scarce = {.descriptor_limit = 1};

	kit_add_server(&kit, kit_answer);
	levin_sim_set_options(kit.sim, &scarce);
	kit_ask(&kit, &question, "www.example");

	ck_assert_int_eq(question.status, -EMFILE);
	ck_assert_int_eq(question.took_ns, 15000 * KIT_MS);
	ck_assert(!lvn_dns_network_server_locked(kit.network, 0)->has_failed);
}

TEST_RANGE(lvn_dns_network__questions_survive_that_memory_is_short, 1, 30)
{
	static struct kit_question others[100];
	unsigned started = 0;

	kit_add_server(&kit, kit_answer);
	kit_add_server(&kit, kit_answer);
	levin_sim_fail_allocations(kit.sim, (unsigned)_i, 100);
	for (int i = 0; i < 100; i++) {
		started += kit_try_start(&kit, &others[i], "www.example");
		if (i % 7 == 0)
			kit_run_for(&kit, 100 * KIT_MS);
	}
	kit_run(&kit);
	levin_sim_fail_allocations(kit.sim, 0, 0);
	for (int i = 0; i < 100; i++)
		ck_assert_uint_le(others[i].ended, 1);
	ck_assert(_i == 1 || started > 0);
}

/* ---- Idle networks ---------------------------------------------------------------------- */

static void
set_up_idle(void)
{
	kit_open_idle(&kit, 1);
}

/* How often the loop turned before nothing was left that keeps it alive. */
static void
run_out(void)
{
	ck_assert_int_eq(event_base_dispatch(kit.base), 1);
}

TEST_FIXTURE(set_up_idle, tear_down);

/* The server's own event must not keep the loop alive. */
static void
answer_once_and_stop(const struct kit_query *query)
{
	kit_answer(query);
	kit_stop_server(query->server);
}

TEST(lvn_dns_network_new__idle_servers_let_the_loop_end)
{
	struct kit_server *server = kit_add_server(&kit, answer_once_and_stop);

	kit_start(&kit, &question, "www.example");
	run_out();
	kit_expect_address(&question, 1);
	ck_assert_int_eq(levin_sim_now_ns(kit.sim), question.ended_ns);

	kit_start_server(server, answer_once_and_stop);
	kit_start(&kit, &question, "www.example");
	run_out();
	kit_expect_address(&question, 1);
	ck_assert_int_eq(levin_sim_now_ns(kit.sim), question.ended_ns);
}

TEST(lvn_dns_network_new__questions_keep_the_loop_alive_until_they_end)
{
	kit_add_server(&kit, NULL);
	kit_start(&kit, &question, "www.example");
	run_out();
	ck_assert_int_eq(question.status, -ECONNREFUSED);
}

TEST(lvn_dns_network_new__probes_do_not_keep_the_loop_alive)
{
	kit_add_server(&kit, answer_once_and_stop);
	kit_add_server(&kit, kit_answer_nothing);
	kit_stop_server(&kit.servers[1]);
	levin_sim_set_link(kit.sim, NULL, "10.0.0.2", &(struct levin_sim_link){.is_down = 1});
	kit_start(&kit, &question, "www.example");
	ck_assert_uint_eq(kit.network->exchange_count - kit.network->probe_count, 1);
	run_out();
	kit_expect_address(&question, 1);
	ck_assert_int_eq(levin_sim_now_ns(kit.sim), question.ended_ns);
	ck_assert_uint_eq(lvn_dns_network_server_locked(kit.network, 1)->sent, 1);
}

TEST(lvn_dns_exchange_cancel__of_the_last_question_lets_the_loop_end)
{
	kit_add_server(&kit, kit_answer_nothing);
	kit_stop_server(&kit.servers[0]);
	kit_add_server(&kit, kit_answer_nothing);
	kit_stop_server(&kit.servers[1]);
	kit_start(&kit, &question, "www.example");
	kit_cancel(&question);
	run_out();
	ck_assert_int_eq(levin_sim_now_ns(kit.sim), question.started_ns);
}
