/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <string.h>

#include "dns/dns_message.h"
#include "support/dns_network_case.h"

/* A server whose replies by UDP are truncated. */
static struct kit_server *
add_server(kit_answer_fn *answer_by_tcp)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer_truncated);

	if (answer_by_tcp)
		kit_listen(server, answer_by_tcp);
	return server;
}

TEST_FIXTURE(set_up, tear_down);

/* ---- Truncated replies ------------------------------------------------------------------ */

TEST(lvn_dns_tcp__a_truncated_reply_leads_to_tcp)
{
	struct kit_server *server = add_server(kit_answer);

	kit_ask(&kit, &question, "www.example");

	kit_expect_address(&question, 1);
	ck_assert(question.by_tcp);
	ck_assert_uint_eq(server->queries, 1);
	ck_assert_uint_eq(server->queries_by_tcp, 1);
}

TEST(lvn_dns_tcp__a_truncated_reply_is_the_outcome_if_that_is_enough)
{
	struct kit_server *server = add_server(kit_answer);

	kit_start_with(&kit, &question, "www.example", DNS_TYPE_A, DNS_EXCHANGE_IGNORE_TRUNCATION);
	kit_run(&kit);
	ck_assert_uint_ne(question.flags & DNS_FLAG_TRUNCATED, 0);
	kit.options.ignore_truncation = true;
	kit_ask(&kit, &question, "www.example");
	ck_assert_uint_ne(question.flags & DNS_FLAG_TRUNCATED, 0);
	ck_assert_uint_eq(server->connections, 0);
}

TEST(lvn_dns_tcp__a_truncated_reply_is_the_outcome_where_tcp_is_refused)
{
	add_server(NULL);

	kit_ask(&kit, &question, "www.example");

	ck_assert_int_eq(question.status, 0);
	ck_assert_uint_eq(question.rcode, 0);
	ck_assert_uint_ne(question.flags & DNS_FLAG_TRUNCATED, 0);
	ck_assert_int_eq(question.took_ns, 750 * KIT_MS);
	/* By UDP it works. */
	ck_assert(!lvn_dns_network_server_locked(kit.network, 0)->has_failed);
}

TEST(lvn_dns_tcp__another_server_is_asked_by_tcp_where_one_refuses)
{
	struct kit_server *other;

	add_server(NULL);
	other = add_server(kit_answer);
	kit_ask(&kit, &question, "www.example");

	kit_expect_address(&question, 2);
	ck_assert_uint_eq(other->queries_by_tcp, 1);
}

static void
answer_longer_than_asked_for(const struct kit_query *query)
{
	uint8_t reply[1500] = {0};
	size_t size = kit_begin_reply(query, 0, reply);

	while (size < 1400)
		size = kit_add_address_record(reply, size, 9);
	kit_send(query, reply, size);
}

TEST(lvn_dns_tcp__a_datagram_that_is_cut_counts_as_truncated)
{
	struct kit_server *server = kit_add_server(&kit, answer_longer_than_asked_for);

	kit_listen(server, kit_answer);
	kit_ask(&kit, &question, "www.example");

	kit_expect_address(&question, 1);
	ck_assert(question.by_tcp);
}

static void
answer_largest(const struct kit_query *query)
{
	static uint8_t reply[KIT_MESSAGE_MAX];
	size_t size = kit_begin_reply(query, 0, reply);
	unsigned count = 0;

	for (; size + 16 <= sizeof(reply); count++)
		size = kit_add_address_record(reply, size, query->number);
	reply[6] = (uint8_t)(count >> 8);
	reply[7] = (uint8_t)count;
	kit_send(query, reply, size);
}

TEST(lvn_dns_tcp__the_largest_message)
{
	add_server(answer_largest);

	kit_ask(&kit, &question, "www.example");

	kit_expect_address(&question, 1);
	ck_assert_uint_gt(question.size, KIT_MESSAGE_MAX - 16);
}

/* ---- One connection --------------------------------------------------------------------- */

static struct kit_question many[50];

static struct kit_query waiting[50];
static unsigned waiting_count;

/* Nothing until the last question has come; then replies in the order from back to front. */
static void
answer_in_reverse(const struct kit_query *query)
{
	waiting[waiting_count++] = *query;
	if (waiting_count < 50)
		return;
	while (waiting_count > 0)
		kit_answer(&waiting[--waiting_count]);
}

TEST(lvn_dns_tcp__questions_share_a_connection_and_replies_come_in_any_order)
{
	struct kit_server *server = add_server(answer_in_reverse);

	for (int i = 0; i < 50; i++)
		kit_start_with(&kit, &many[i], "www.example", DNS_TYPE_A, DNS_EXCHANGE_TCP);
	kit_run(&kit);

	for (int i = 0; i < 50; i++)
		kit_expect_address(&many[i], 1);
	ck_assert_uint_eq(server->connections, 1);
	ck_assert_uint_eq(server->queries, 0);
}

TEST(lvn_dns_tcp__option_use_vc)
{
	struct kit_server *server = add_server(kit_answer);

	kit.options.use_tcp = true;
	for (int i = 0; i < 5; i++) {
		kit_ask(&kit, &question, "www.example");
		kit_expect_address(&question, 1);
	}
	ck_assert_uint_eq(server->connections, 1);
	ck_assert_uint_eq(server->queries, 0);
	ck_assert_int_ge(lvn_dns_network_server_locked(kit.network, 0)->samples, 3);
}

static void
answer_byte_by_byte(const struct kit_query *query)
{
	uint8_t reply[512], whole[514];
	size_t size = kit_begin_reply(query, 0, reply);

	size = kit_add_address_record(reply, size, 1);
	whole[0] = 0;
	whole[1] = (uint8_t)size;
	memcpy(whole + 2, reply, size);
	for (size_t i = 0; i < size + 2; i++)
		bufferevent_write(query->stream, &whole[i], 1);
}

TEST(lvn_dns_tcp__messages_in_pieces)
{
	const struct levin_sim_options pieces = {
	    .short_read_permille = 900, .short_write_permille = 900, .latency_max_ns = KIT_MS};

	add_server(answer_byte_by_byte);
	levin_sim_set_options(kit.sim, &pieces);
	for (int i = 0; i < 20; i++) {
		kit_ask(&kit, &question, "www.example");
		kit_expect_address(&question, 1);
	}
}

TEST(lvn_dns_tcp__an_idle_connection_is_closed_after_a_while)
{
	struct kit_server *server = add_server(kit_answer);

	kit.options.tcp_idle_ns = 2000 * KIT_MS;
	kit_ask(&kit, &question, "www.example");
	kit_run_for(&kit, 1900 * KIT_MS);
	ck_assert_ptr_nonnull(server->streams[0]);
	kit_run_for(&kit, 200 * KIT_MS);
	ck_assert_ptr_null(server->streams[0]);
	kit_ask(&kit, &question, "www.example");
	kit_expect_address(&question, 1);
	ck_assert_uint_eq(server->connections, 2);
}

/* ---- Connections that end --------------------------------------------------------------- */

static void
answer_and_hang_up(const struct kit_query *query)
{
	kit_answer(query);
	kit_hang_up(query);
}

TEST(lvn_dns_tcp__a_server_that_closes_after_each_reply)
{
	struct kit_server *server = add_server(answer_and_hang_up);

	for (int i = 0; i < 20; i++)
		kit_start_with(&kit, &many[i], "www.example", DNS_TYPE_A, DNS_EXCHANGE_TCP);
	kit_run(&kit);

	for (int i = 0; i < 20; i++) {
		kit_expect_address(&many[i], 1);
		ck_assert_int_eq(many[i].took_ns, 0);
	}
	ck_assert_uint_eq(server->connections, 20);
}

TEST(lvn_dns_tcp__a_server_that_closes_without_a_reply)
{
	struct kit_server *server = add_server(kit_hang_up);

	kit_ask(&kit, &question, "www.example");

	ck_assert_int_eq(question.status, 0);
	ck_assert_uint_ne(question.flags & DNS_FLAG_TRUNCATED, 0);
	ck_assert_uint_eq(server->connections, 3);
}

static void
send_nonsense(const struct kit_query *query)
{
	static const uint8_t nonsense[] = {0, 11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

	bufferevent_write(query->stream, nonsense, sizeof(nonsense));
}

TEST(lvn_dns_tcp__a_message_without_a_header_ends_the_connection)
{
	struct kit_server *server = add_server(send_nonsense);

	kit_ask(&kit, &question, "www.example");

	ck_assert_uint_ne(question.flags & DNS_FLAG_TRUNCATED, 0);
	ck_assert_uint_eq(server->connections, 3);
}

static void
answer_strangely(const struct kit_query *query)
{
	uint8_t reply[512];
	size_t size = kit_begin_reply(query, 0, reply);

	reply[0] ^= 0x80;
	kit_send(query, reply, size);
	reply[0] ^= 0x80;
	reply[13] ^= 1;
	kit_send(query, reply, size);
	kit_answer(query);
}

TEST(lvn_dns_tcp__strange_messages_are_ignored)
{
	struct kit_server *server = add_server(answer_strangely);

	kit_ask(&kit, &question, "www.example");

	kit_expect_address(&question, 1);
	ck_assert_uint_eq(server->connections, 1);
}

/* That the datagram was cut is no result where there is a longer reply that did not come in time. */
TEST(lvn_dns_tcp__a_silent_connection_is_given_up)
{
	struct kit_server *server = add_server(kit_answer_nothing);

	for (int i = 0; i < 2; i++)
		kit_start(&kit, &many[i], "www.example");
	kit_run(&kit);

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(many[i].status, -ETIMEDOUT);
		ck_assert_int_eq(many[i].took_ns, 15000 * KIT_MS);
	}
	ck_assert_uint_eq(server->connections, 3);
}

/* The deadline comes before the try has timed out. */
TEST(lvn_dns_tcp__a_reply_behind_the_deadline_is_a_timeout)
{
	struct kit_server *server = add_server(kit_answer_late);

	kit.options.attempts = 1;
	server->delay_ns = 60000 * KIT_MS;
	kit_set_link(server, &(struct levin_sim_link){
				 .latency_min_ns = 100 * KIT_MS, .latency_max_ns = 100 * KIT_MS});
	kit_ask(&kit, &question, "www.example");

	ck_assert_int_eq(question.status, -ETIMEDOUT);
	ck_assert_int_eq(question.took_ns, 5000 * KIT_MS);
	ck_assert_uint_eq(server->queries_by_tcp, 1);
}

static void
answer_the_second_with_servfail(const struct kit_query *query)
{
	if (query->number == 3)
		kit_answer_servfail(query);
}

TEST(lvn_dns_tcp__an_error_by_tcp_is_the_outcome_of_a_truncated_reply)
{
	add_server(answer_the_second_with_servfail);
	kit_ask(&kit, &question, "www.example");

	ck_assert_int_eq(question.status, 0);
	ck_assert_uint_eq(question.rcode, DNS_RCODE_SERVFAIL);
	ck_assert_uint_eq(question.flags & DNS_FLAG_TRUNCATED, 0);
}

TEST(lvn_dns_tcp__a_host_that_is_down)
{
	add_server(NULL);
	kit_start(&kit, &question, "www.example");
	/* The truncated reply is on its way. */
	event_base_loop(kit.base, EVLOOP_ONCE);
	levin_sim_set_link(kit.sim, NULL, "10.0.0.1", &(struct levin_sim_link){.is_down = 1});
	kit_run(&kit);

	ck_assert_int_eq(question.status, -ETIMEDOUT);
	ck_assert_int_eq(question.took_ns, 15000 * KIT_MS);
}

TEST(lvn_dns_tcp__a_truncated_reply_by_tcp_is_no_answer)
{
	add_server(kit_answer_truncated);
	kit_ask(&kit, &question, "www.example");

	ck_assert_int_eq(question.status, 0);
	ck_assert_uint_ne(question.flags & DNS_FLAG_TRUNCATED, 0);
	ck_assert_int_eq(question.took_ns, 0);
}

TEST(lvn_dns_tcp__errors_by_tcp_lead_to_the_next_server)
{
	add_server(kit_answer_refused);
	add_server(kit_answer);
	kit_ask(&kit, &question, "www.example");

	kit_expect_address(&question, 2);
}

TEST(lvn_dns_tcp__cancelled_and_cleared_while_connecting)
{
	add_server(kit_answer);
	kit.options.use_tcp = true;
	for (int i = 0; i < 3; i++)
		kit_start(&kit, &many[i], "www.example");
	kit_cancel(&many[0]);
	lvn_dns_network_clear_locked(kit.network);
	kit_add_address(&kit, "10.0.0.1:53");
	kit_run(&kit);

	ck_assert_uint_eq(many[0].ended, 0);
	kit_expect_address(&many[1], 1);
	kit_expect_address(&many[2], 1);
}

static void
answer_two_at_once(const struct kit_query *query)
{
	waiting[query->number % 2] = *query;
	if (query->number % 2 == 1)
		return;
	kit_answer(&waiting[1]);
	kit_answer(&waiting[0]);
}

static void
clear_all(struct kit_question *ended)
{
	lvn_dns_network_clear_locked(ended->kit->network);
}

TEST(lvn_dns_tcp__cleared_within_an_outcome)
{
	add_server(answer_two_at_once);
	for (int i = 0; i < 2; i++)
		kit_start_with(&kit, &many[i], "www.example", DNS_TYPE_A, DNS_EXCHANGE_TCP);
	many[0].on_end = clear_all;
	kit_run(&kit);

	kit_expect_address(&many[0], 1);
	/* The other reply came, but the server was gone. */
	ck_assert_int_eq(many[1].status, -ETIMEDOUT);
	ck_assert_int_eq(many[1].took_ns, 15000 * KIT_MS);
}

/* ---- The case of letters ---------------------------------------------------------------- */

TEST(lvn_dns_tcp__letters_in_another_case_lead_to_tcp)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer_in_lower_case);

	kit_listen(server, kit_answer_in_lower_case);
	kit_ask(&kit, &question, KIT_LONG_NAME);
	kit_expect_address(&question, 1);
	ck_assert(question.by_tcp);

	/* It does so by TCP too: so that is how it is. */
	kit_ask(&kit, &question, KIT_LONG_NAME);
	kit_expect_address(&question, 1);
	ck_assert(!question.by_tcp);
	levin_sim_spend(kit.sim, 601000 * KIT_MS);
	kit_ask(&kit, &question, KIT_LONG_NAME);
	ck_assert(question.by_tcp);
}

TEST(lvn_dns_tcp__a_server_that_keeps_the_case_by_tcp_is_asked_for_it)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer_in_lower_case);

	kit_listen(server, kit_answer);
	for (int i = 0; i < 3; i++) {
		kit_ask(&kit, &question, KIT_LONG_NAME);
		kit_expect_address(&question, 1);
		ck_assert(question.by_tcp);
	}
}

/* What somebody has guessed of the first question does not serve for the second one. */
TEST(lvn_dns_tcp__plain_case_has_another_id)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer_in_lower_case);

	kit_ask(&kit, &question, KIT_LONG_NAME);

	kit_expect_address(&question, 1);
	ck_assert_uint_eq(server->queries, 2);
	ck_assert_uint_ne(server->ids[0], server->ids[1]);
}

TEST(lvn_dns_tcp__without_tcp_letters_are_in_plain_case)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer_in_lower_case);

	kit_ask(&kit, &question, KIT_LONG_NAME);
	kit_expect_address(&question, 1);
	ck_assert(!question.by_tcp);
	ck_assert_int_eq(question.took_ns, 0);
	ck_assert_uint_eq(server->queries, 2);

	kit_ask(&kit, &question, KIT_LONG_NAME);
	kit_expect_address(&question, 1);
	ck_assert_uint_eq(server->queries, 3);
}

TEST(lvn_dns_tcp__with_silent_tcp_letters_are_in_plain_case)
{
	struct kit_server *server = kit_add_server(&kit, kit_answer_in_lower_case);

	kit_listen(server, kit_answer_nothing);
	kit_ask(&kit, &question, KIT_LONG_NAME);

	kit_expect_address(&question, 1);
	ck_assert_int_eq(question.took_ns, 5000 * KIT_MS);
	ck_assert_uint_eq(server->queries, 2);
}

/* ---- Streams of the program ------------------------------------------------------------- */

static unsigned streams_made;

static struct bufferevent *
make_stream(struct event_base *base, const struct sockaddr *server, unsigned size, void *arg)
{
	ck_assert_uint_eq(size, sizeof(struct sockaddr_in));
	ck_assert_int_eq(server->sa_family, AF_INET);
	ck_assert_ptr_eq(arg, &kit);
	if (streams_made++ == 0)
		return NULL;
	return bufferevent_socket_new(
	    base, -1, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS);
}

static void
set_up_streams(void)
{
	kit_open_with(&kit, 1, make_stream);
}

TEST_FIXTURE(set_up_streams, tear_down);

TEST(lvn_dns_network_new__asks_by_streams_of_the_program)
{
	struct kit_server *server = add_server(kit_answer);

	for (int i = 0; i < 3; i++) {
		kit_ask(&kit, &question, "www.example");
		kit_expect_address(&question, 1);
	}
	ck_assert_uint_eq(streams_made, 2);
	ck_assert_uint_eq(server->queries, 0);
}

TEST(lvn_dns_network_new__a_server_without_a_stream_has_failed)
{
	add_server(NULL);
	add_server(kit_answer);
	kit_ask(&kit, &question, "www.example");

	kit_expect_address(&question, 2);
	ck_assert(lvn_dns_network_server_locked(kit.network, 0)->has_failed);
}

/* ---- Idle networks ---------------------------------------------------------------------- */

static void
set_up_idle(void)
{
	kit_open_idle(&kit, 1);
}

static void
answer_and_stop(const struct kit_query *query)
{
	kit_answer(query);
	/* What the server watches must not keep the loop alive. */
	bufferevent_disable(query->stream, EV_READ);
	event_del(query->server->acceptable);
	event_del(query->server->readable);
}

static void
let_server_go_on(struct kit_server *server)
{
	event_add(server->acceptable, NULL);
	event_add(server->readable, NULL);
	for (unsigned i = 0; i < server->connections; i++) {
		if (server->streams[i])
			bufferevent_enable(server->streams[i], EV_READ);
	}
}

TEST_FIXTURE(set_up_idle, tear_down);

static void
truncate_and_vanish(const struct kit_query *query)
{
	const struct levin_sim_link down = {.is_down = 1};

	kit_answer_truncated(query);
	kit_set_link(query->server, &down);
	kit_stop_server(query->server);
}

TEST(lvn_dns_tcp_note_idle__a_connection_that_is_not_made_yet)
{
	kit_add_server(&kit, truncate_and_vanish);
	kit_start(&kit, &question, "www.example");
	kit_run_for(&kit, 100 * KIT_MS);
	ck_assert_uint_eq(question.ended, 0);
	ck_assert_int_eq(event_base_loop(kit.base, EVLOOP_NONBLOCK), 0);

	kit_cancel(&question);

	/* The first turn frees it. */
	event_base_loop(kit.base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(event_base_loop(kit.base, EVLOOP_NONBLOCK), 1);
}

TEST(lvn_dns_network_new__an_idle_connection_lets_the_loop_end)
{
	struct kit_server *server = add_server(answer_and_stop);

	for (unsigned i = 0; i < 3; i++) {
		kit_start(&kit, &question, "www.example");
		ck_assert_int_eq(event_base_dispatch(kit.base), 1);
		kit_expect_address(&question, 1);
		ck_assert_int_eq(levin_sim_now_ns(kit.sim), question.ended_ns);
		let_server_go_on(server);
		ck_assert_uint_eq(server->connections, 1 + i / 2);
		if (i == 1)
			levin_sim_spend(kit.sim, 31000 * KIT_MS);
	}
}

TEST(lvn_dns_network_new__an_idle_connection_that_was_closed_is_made_anew)
{
	struct kit_server *server = add_server(answer_and_stop);

	kit_start(&kit, &question, "www.example");
	event_base_dispatch(kit.base);
	bufferevent_free(server->streams[0]);
	server->streams[0] = NULL;
	let_server_go_on(server);
	kit_start(&kit, &question, "www.example");
	event_base_dispatch(kit.base);

	kit_expect_address(&question, 1);
	ck_assert_uint_eq(server->connections, 2);
	ck_assert_int_eq(question.took_ns, 0);
}
