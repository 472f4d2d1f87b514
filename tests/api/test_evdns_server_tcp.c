/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DNS servers for TCP, in a simulated world.
 */
#include <errno.h>
#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <levin/sim.h>
#include <netinet/in.h>
#include <string.h>

#include "support/dns_bytes.h"
#include "support/loop_kit.h"
#include "support/suite.h"

#define S_NS INT64_C(1000000000)

static struct levin_sim *sim;
static struct event_base *base;
static struct evdns_server_port *port;

static int calls;
static void (*act)(struct evdns_server_request *req);
static struct evdns_server_request *held[1000];

static struct dns_bytes query, reply;
static const uint8_t zero[1];

static void
on_query(struct evdns_server_request *req, void *arg)
{
	ck_assert_ptr_eq(arg, &calls);
	held[calls++] = req;
	if (act)
		act(req);
}

static void
respond(struct evdns_server_request *req)
{
	ck_assert_int_eq(evdns_server_request_respond(req, 0), 0);
}

static void
set_up(void)
{
	struct evconnlistener *listener;
	int fd;

	sim = levin_sim_new(1, NULL);
	base = levin_sim_base_new(sim, NULL);
	fd = levin_sim_listener(sim, 53, 100);
	listener =
	    evconnlistener_new(base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_THREADSAFE, 0, fd);
	port = evdns_add_server_port_with_listener(base, listener, 0, on_query, &calls);
	ck_assert_ptr_nonnull(port);
	act = respond;
	put_query(&query, 7, "www.example.com", 1);
}

static void
tear_down(void)
{
	evdns_close_server_port(port);
	event_base_free(base);
	levin_sim_free(sim);
}

TEST_FIXTURE(set_up, tear_down);

/* ---- Clients ----------------------------------------------------------------------------- */

static int
new_client(void)
{
	int fd = levin_sim_connect(sim, 53);

	ck_assert_int_ge(fd, 0);
	turn(base);
	return fd;
}

static void
write_all(int fd, const uint8_t *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t part = levin_sim_write(fd, data + done, size - done);

		if (part < 0) {
			ck_assert_int_eq(errno, EAGAIN);
			turn(base);
			continue;
		}
		done += (size_t)part;
	}
}

static void
send_message(int fd, const struct dns_bytes *message)
{
	uint8_t bytes[65537] = {(uint8_t)(message->size >> 8), (uint8_t)message->size};

	memcpy(bytes + 2, message->at, message->size);
	write_all(fd, bytes, 2 + message->size);
}

static void
send_query_with_id(int fd, unsigned id)
{
	query.at[0] = (uint8_t)(id >> 8);
	query.at[1] = (uint8_t)id;
	send_message(fd, &query);
}

/* Returns false if nothing is there. */
static bool
receive_reply(int fd)
{
	uint8_t length[2];

	if (levin_sim_read(fd, length, 2) != 2)
		return false;
	reply.size = (size_t)length[0] << 8 | length[1];
	for (size_t done = 0; done < reply.size;) {
		ssize_t part = levin_sim_read(fd, reply.at + done, reply.size - done);

		if (part < 0) {
			ck_assert_int_eq(errno, EAGAIN);
			turn(base);
			continue;
		}
		ck_assert_int_gt(part, 0);
		done += (size_t)part;
	}
	return true;
}

static void
check_reply(int fd, unsigned id)
{
	ck_assert(receive_reply(fd));
	ck_assert_uint_eq(id_of(&reply), id);
}

/* The server has closed the connection. */
static bool
is_closed(int fd)
{
	char byte;

	return levin_sim_read(fd, &byte, 1) == 0 || errno == ECONNRESET;
}

/* Waits without a query. */
static void
pass(int64_t seconds)
{
	int64_t end_ns = levin_sim_now_ns(sim) + seconds * S_NS;

	while (levin_sim_now_ns(sim) < end_ns) {
		levin_sim_spend(sim, S_NS / 10);
		turn(base);
	}
}

/* ---- Queries and replies ------------------------------------------------------------------ */

static void
check_request(struct evdns_server_request *req)
{
	struct sockaddr_in address;

	ck_assert_str_eq(req->questions[0]->name, "www.example.com");
	ck_assert_int_eq(evdns_server_request_get_requesting_addr(
			     req, (struct sockaddr *)&address, sizeof(address)),
	    sizeof(address));
	ck_assert_int_eq(address.sin_family, AF_INET);
	ck_assert_int_ne(address.sin_port, 0);
	respond(req);
}

TEST(evdns_add_server_port_with_listener__calls_back_for_a_query)
{
	int client = new_client();

	act = check_request;
	send_message(client, &query);
	turn(base);

	ck_assert_int_eq(calls, 1);
	check_reply(client, 7);
	ck_assert_uint_eq(flags_of(&reply), 0x8100);
	ck_assert_uint_eq(reply.size, query.size);
}

TEST(evdns_add_server_port_with_listener__the_base_is_that_of_the_listener)
{
	struct evconnlistener *listener = evconnlistener_new(
	    base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE, 0, levin_sim_listener(sim, 54, 100));
	struct evdns_server_port *other =
	    evdns_add_server_port_with_listener(NULL, listener, 0, on_query, &calls);
	int client = levin_sim_connect(sim, 54);

	turn(base);
	send_message(client, &query);
	turn(base);
	check_reply(client, 7);
	evdns_close_server_port(other);
}

TEST(evdns_add_server_port_with_listener__byte_by_byte)
{
	int client = new_client();
	uint8_t bytes[2] = {0, (uint8_t)query.size};

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 2 + query.size; i++) {
			ck_assert_int_eq(calls, round);
			write_all(client, i < 2 ? &bytes[i] : &query.at[i - 2], 1);
			turn(base);
		}
		check_reply(client, 7);
	}
}

TEST(evdns_add_server_port_with_listener__pipelined_queries_are_answered_in_any_order)
{
	int client = new_client();

	act = NULL;
	for (unsigned i = 0; i < 10; i++)
		send_query_with_id(client, i);
	turn(base);
	ck_assert_int_eq(calls, 10);
	for (unsigned i = 10; i > 0; i--)
		respond(held[i - 1]);
	turn(base);

	for (unsigned i = 10; i > 0; i--)
		check_reply(client, i - 1);
	ck_assert(!receive_reply(client));
}

static void
add_5000_addresses(struct evdns_server_request *req)
{
	static char addresses[20000];

	ck_assert_int_eq(
	    evdns_server_request_add_a_reply(req, "www.example.com", 5000, addresses, 0), 0);
	respond(req);
}

TEST(evdns_server_request_respond__replies_of_64_kib)
{
	int client = new_client();

	act = add_5000_addresses;
	send_message(client, &query);
	turn(base);

	check_reply(client, 7);
	ck_assert_uint_eq(flags_of(&reply), 0x8300);
	ck_assert_uint_eq(count_of(&reply, 1), (65535 - query.size) / 16);
}

TEST(evdns_add_server_port_with_listener__the_largest_query)
{
	int client = new_client();

	put_header(&query, 9, 0, 1, 0, 0, 1);
	put_question(&query, "a", 1);
	put_opt(&query, 512, 0, 0);
	/* An option of what is left. */
	query.size -= 2;
	put_16(&query, (unsigned)(65535 - query.size - 2));
	put_16(&query, 12);
	put_16(&query, (unsigned)(65535 - query.size - 2));
	query.size = 65535;
	send_message(client, &query);
	while (calls == 0)
		turn(base);

	check_reply(client, 9);
	ck_assert_uint_eq(count_of(&reply, 3), 1);
}

TEST(evdns_add_server_port_with_listener__queries_that_are_refused)
{
	int client = new_client();

	query.at[2] = 0x29;
	send_message(client, &query);
	put_header(&query, 8, 0, 0, 0, 0, 0);
	send_message(client, &query);
	turn(base);

	check_reply(client, 7);
	ck_assert_uint_eq(flags_of(&reply), 0xa904);
	check_reply(client, 8);
	ck_assert_uint_eq(flags_of(&reply), 0x8001);
	ck_assert_int_eq(calls, 0);
}

TEST_RANGE(evdns_add_server_port_with_listener__closes_a_connection_that_sends_no_queries, 0, 3)
{
	int client = new_client();

	if (_i == 0)
		query.at[2] |= 0x80;
	else
		query.size = _i == 1 ? 0 : 11;
	send_message(client, &query);
	turn(base);

	ck_assert_int_eq(calls, 0);
	ck_assert(is_closed(client));
}

/* ---- Clients that take their time ------------------------------------------------------------ */

TEST(evdns_add_server_port_with_listener__a_client_without_end_waits)
{
	int client = new_client();

	act = NULL;
	for (unsigned i = 0; i < 200; i++)
		send_query_with_id(client, i);
	turn(base);
	turn(base);
	ck_assert_int_eq(calls, 64);

	/* Room for one more. */
	respond(held[5]);
	turn(base);
	ck_assert_int_eq(calls, 65);
	check_reply(client, 5);
	act = respond;
	for (int i = 0; i < 65; i++) {
		if (i != 5)
			respond(held[i]);
	}
	turn(base);
	ck_assert_int_eq(calls, 200);
}

/* It sends queries and reads no replies. */
TEST(evdns_add_server_port_with_listener__unread_replies_are_limited)
{
	int client = new_client(), replies = 0;

	act = add_5000_addresses;
	for (unsigned i = 0; i < 20; i++)
		send_query_with_id(client, i);
	for (int i = 0; i < 10; i++)
		turn(base);
	ck_assert_int_lt(calls, 5);

	while (replies < 20) {
		if (receive_reply(client))
			ck_assert_uint_eq(id_of(&reply), (unsigned)replies++);
		turn(base);
	}
	ck_assert_int_eq(calls, 20);
}

TEST(evdns_add_server_port_with_listener__an_ended_client_gets_its_replies)
{
	int client = new_client();

	act = NULL;
	for (unsigned i = 0; i < 100; i++)
		send_query_with_id(client, i);
	ck_assert_int_eq(levin_sim_shutdown(client, SHUT_WR), 0);
	turn(base);
	ck_assert_int_eq(calls, 64);
	act = respond;
	for (int i = 0; i < 64; i++)
		respond(held[i]);
	turn(base);

	ck_assert_int_eq(calls, 100);
	for (unsigned i = 0; i < 100; i++)
		check_reply(client, i);
	ck_assert(is_closed(client));
}

TEST(evdns_add_server_port_with_listener__an_ended_client_whose_requests_are_dropped)
{
	int client = new_client();

	act = NULL;
	send_message(client, &query);
	write_all(client, zero, 1);
	ck_assert_int_eq(levin_sim_shutdown(client, SHUT_WR), 0);
	turn(base);
	ck_assert(!is_closed(client));
	evdns_server_request_drop(held[0]);
	turn(base);

	ck_assert(is_closed(client));
}

TEST(evdns_server_request_respond__a_client_that_has_gone)
{
	int client = new_client();

	act = NULL;
	send_query_with_id(client, 1);
	send_query_with_id(client, 2);
	turn(base);
	ck_assert_int_eq(levin_sim_reset(client), 0);
	turn(base);

	ck_assert_int_eq(evdns_server_request_respond(held[0], 0), -1);
	ck_assert_int_eq(errno, ENOTCONN);
	ck_assert_int_eq(evdns_server_request_drop(held[1]), 0);
}

/* ---- Idle clients and too many of them ---------------------------------------------------------- */

TEST(evdns_server_port_set_option__idle_connections_are_closed)
{
	int first = new_client(), second, third;

	pass(5);
	second = new_client();
	third = new_client();
	/* Half a query does not count. */
	write_all(third, zero, 1);
	send_message(first, &query);
	turn(base);
	check_reply(first, 7);
	pass(6);
	ck_assert(!is_closed(first) && !is_closed(second));
	send_message(second, &query);
	turn(base);
	check_reply(second, 7);
	pass(5);
	ck_assert(is_closed(first) && is_closed(third) && !is_closed(second));
	pass(6);
	ck_assert(is_closed(second));
}

TEST(evdns_server_port_set_option__idle_timeout)
{
	int client = new_client();

	ck_assert_int_eq(evdns_server_port_set_option(port, EVDNS_SOPT_TCP_IDLE_TIMEOUT, 3), 0);
	pass(2);
	ck_assert(!is_closed(client));
	pass(2);
	ck_assert(is_closed(client));

	ck_assert_int_eq(evdns_server_port_set_option(port, EVDNS_SOPT_TCP_IDLE_TIMEOUT, 0), 0);
	client = new_client();
	pass(100);
	ck_assert(!is_closed(client));

	ck_assert_int_eq(
	    evdns_server_port_set_option(port, EVDNS_SOPT_TCP_IDLE_TIMEOUT, SIZE_MAX), 0);
	pass(100);
	ck_assert(!is_closed(client));
	ck_assert_int_eq(evdns_server_port_set_option(port, EVDNS_SOPT_TCP_IDLE_TIMEOUT, 101), 0);
	pass(3);
	ck_assert(is_closed(client));
}

TEST(evdns_server_port_set_option__a_client_with_requests_is_not_idle)
{
	int client = new_client();

	act = NULL;
	send_message(client, &query);
	turn(base);
	pass(25);
	ck_assert(!is_closed(client));
	respond(held[0]);
	turn(base);
	check_reply(client, 7);
	pass(9);
	ck_assert(!is_closed(client));
	pass(3);
	ck_assert(is_closed(client));
}

TEST(evdns_server_port_set_option__the_client_that_is_idle_for_longest_makes_place)
{
	int clients[4];

	ck_assert_int_eq(evdns_server_port_set_option(port, EVDNS_SOPT_TCP_MAX_CLIENTS, 3), 0);
	act = NULL;
	for (int i = 0; i < 3; i++)
		clients[i] = new_client();
	send_message(clients[0], &query);
	turn(base);
	clients[3] = new_client();

	ck_assert(!is_closed(clients[0]) && is_closed(clients[1]));
	ck_assert(!is_closed(clients[2]) && !is_closed(clients[3]));
	respond(held[0]);
}

TEST(evdns_server_port_set_option__too_many_clients_with_requests)
{
	int clients[2], late;

	ck_assert_int_eq(evdns_server_port_set_option(port, EVDNS_SOPT_TCP_MAX_CLIENTS, 2), 0);
	act = NULL;
	for (int i = 0; i < 2; i++) {
		clients[i] = new_client();
		send_message(clients[i], &query);
		turn(base);
	}
	late = new_client();
	ck_assert(is_closed(late));
	ck_assert(!is_closed(clients[0]) && !is_closed(clients[1]));
	respond(held[0]);
	turn(base);
	check_reply(clients[0], 7);
	late = new_client();
	ck_assert(!is_closed(late) && is_closed(clients[0]));
	respond(held[1]);

	ck_assert_int_eq(evdns_server_port_set_option(port, EVDNS_SOPT_TCP_MAX_CLIENTS, 0), 0);
	turn(base);
	late = new_client();
	ck_assert(is_closed(late));
}

TEST(evdns_server_port_set_option__unknown)
{
	keep_log();
	ck_assert_int_eq(evdns_server_port_set_option(port, (enum evdns_server_option)7, 5), -1);
	ck_assert_int_eq(errno, EINVAL);
}

/* ---- The end --------------------------------------------------------------------------------- */

TEST(evdns_close_server_port__closes_connections_and_the_listener)
{
	int client = new_client(), late;

	write_all(client, zero, 1);
	turn(base);
	evdns_close_server_port(port);
	port = NULL;
	ck_assert(is_closed(client));
	late = levin_sim_connect(sim, 53);
	turn(base);
	ck_assert_int_eq(levin_sim_error(late), ECONNREFUSED);
	ck_assert_int_eq(event_base_dispatch(base), 1);
}

TEST(evdns_close_server_port__tcp_requests_can_still_be_answered)
{
	int first = new_client(), second = new_client();

	act = NULL;
	send_query_with_id(first, 1);
	send_query_with_id(first, 2);
	send_query_with_id(second, 3);
	turn(base);
	evdns_close_server_port(port);
	port = NULL;
	send_query_with_id(first, 4);
	turn(base);
	ck_assert_int_eq(calls, 3);

	respond(held[0]);
	turn(base);
	check_reply(first, 1);
	ck_assert(!is_closed(first));
	respond(held[1]);
	check_reply(first, 2);
	ck_assert(is_closed(first));
	evdns_server_request_drop(held[2]);
	ck_assert(is_closed(second));
}

static void
close_and_respond(struct evdns_server_request *req)
{
	evdns_close_server_port(port);
	port = NULL;
	respond(req);
}

static void
respond_and_close(struct evdns_server_request *req)
{
	respond(req);
	evdns_close_server_port(port);
	port = NULL;
}

TEST_RANGE(evdns_close_server_port__inside_a_tcp_callback, 0, 2)
{
	int client = new_client(), other = new_client();

	act = _i ? close_and_respond : respond_and_close;
	send_query_with_id(client, 1);
	send_query_with_id(client, 2);
	send_query_with_id(other, 3);
	turn(base);

	ck_assert_int_eq(calls, 1);
	check_reply(client, 1);
	ck_assert(is_closed(client) && is_closed(other));
}

TEST(evdns_close_server_port__the_reply_of_a_closed_port_is_sent_at_once)
{
	int client = new_client();

	act = NULL;
	send_message(client, &query);
	turn(base);
	evdns_close_server_port(port);
	port = NULL;
	event_base_free(base);
	respond(held[0]);

	base = levin_sim_base_new(sim, NULL);
	check_reply(client, 7);
	ck_assert(is_closed(client));
}

/* ---- Failures -------------------------------------------------------------------------------- */

TEST(evdns_add_server_port_with_listener__wrong_arguments)
{
	struct evconnlistener *listener = evconnlistener_new(
	    base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE, 0, levin_sim_listener(sim, 54, 100));

	keep_log();
	ck_assert_ptr_null(evdns_add_server_port_with_listener(base, NULL, 0, on_query, NULL));
	ck_assert_ptr_null(evdns_add_server_port_with_listener(base, listener, 1, on_query, NULL));
	ck_assert_ptr_null(evdns_add_server_port_with_listener(base, listener, 0, NULL, NULL));
	evconnlistener_free(listener);
}

/* Queries are refused or connections closed, nothing is lost, and then all is well again. */
TEST_RANGE(evdns_add_server_port_with_listener__failing_allocations, 1, 40)
{
	uint8_t bytes[512] = {0, (uint8_t)query.size};
	int client = new_client();

	memcpy(bytes + 2, query.at, query.size);
	ck_assert_int_eq(levin_sim_fail_allocations(sim, (unsigned)_i, 0), 0);
	for (int i = 0; i < 40; i++) {
		levin_sim_write(client, bytes, 2 + query.size);
		for (int k = 0; k < 5; k++)
			event_base_loop(base, EVLOOP_NONBLOCK);
		ck_assert_int_eq(levin_sim_close(client), 0);
		client = levin_sim_connect(sim, 53);
	}
	ck_assert_int_eq(levin_sim_fail_allocations(sim, 0, 0), 0);
	levin_sim_close(client);
	pass(12);

	client = new_client();
	send_query_with_id(client, 99);
	turn(base);
	check_reply(client, 99);
}
