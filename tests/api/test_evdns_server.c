/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DNS servers on UDP sockets, in a simulated world but for what only the kernel has.
 */
#include <errno.h>
#include <event2/dns_compat.h>
#include <event2/event_compat.h>
#include <fcntl.h>
#include <levin/sim.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/dns_server_kit.h"

#define MS_NS INT64_C(1000000)

TEST_FIXTURE(set_up, tear_down);

/* ---- Queries ----------------------------------------------------------------------------- */

static void
check_question(struct evdns_server_request *req)
{
	struct sockaddr_in address;

	ck_assert_int_eq(req->flags, 0x100);
	ck_assert_int_eq(req->nquestions, 1);
	ck_assert_str_eq(req->questions[0]->name, "www.Example.com");
	ck_assert_int_eq(req->questions[0]->type, EVDNS_TYPE_AAAA);
	ck_assert_int_eq(req->questions[0]->dns_question_class, EVDNS_CLASS_INET);
	ck_assert_int_eq(evdns_server_request_get_requesting_addr(
			     req, (struct sockaddr *)&address, sizeof(address)),
	    sizeof(address));
	ck_assert_int_eq(ntohs(address.sin_port), 1053);
	respond(req);
}

TEST(evdns_add_server_port_with_base__calls_back_for_a_query)
{
	act = check_question;
	put_query(&query, 0x1234, "www.Example.com", 28);
	ask();

	ck_assert_int_eq(calls, 1);
	expected = query;
	expected.at[2] |= 0x80;
	check_bytes(&reply, &expected);
}

static void
check_questions(struct evdns_server_request *req)
{
	ck_assert_int_eq(req->flags, 0x010);
	ck_assert_int_eq(req->nquestions, 3);
	ck_assert_str_eq(req->questions[0]->name, "");
	ck_assert_str_eq(req->questions[1]->name, "x\\.y\\000\\\\.\303\244");
	ck_assert_str_eq(req->questions[2]->name, "a.\303\244");
	ck_assert_int_eq(req->questions[2]->type, 65535);
	respond(req);
}

TEST(evdns_server_question__names_of_any_bytes)
{
	act = check_questions;
	put_header(&query, 0, 0x0010, 3, 0, 0, 0);
	put_question(&query, "", 1);
	put_8(&query, 5);
	put_16(&query, 'x' << 8 | '.');
	put_16(&query, 'y' << 8);
	put_8(&query, '\\');
	put_16(&query, 0x02c3);
	put_16(&query, 0xa400);
	put_16(&query, 1);
	put_16(&query, 1);
	put_16(&query, 0x161);
	put_16(&query, 0xc017);
	put_16(&query, 65535);
	put_16(&query, 1);
	ask();

	ck_assert_int_eq(calls, 1);
	ck_assert_uint_eq(flags_of(&reply), 0x8010);
	ck_assert_uint_eq(count_of(&reply, 0), 3);
}

TEST(evdns_add_server_port_with_base__what_is_no_query_is_ignored)
{
	put_query(&query, 1, "a", 1);
	query.at[2] |= 0x80;
	send_query();
	for (query.size = 0; query.size < 12; query.size++)
		send_query();
	turn(base);

	ck_assert_int_eq(calls, 0);
	ck_assert(!receive_reply());
}

TEST(evdns_add_server_port_with_base__malformed_queries_are_refused)
{
	put_query(&query, 0x1234, "a", 1);
	query.size--;
	put_header(&expected, 0x1234, 0x8101, 0, 0, 0, 0);
	ask();
	check_bytes(&reply, &expected);

	put_header(&query, 0x1234, 0x0100, 0, 0, 0, 0);
	ask();
	check_bytes(&reply, &expected);
	ck_assert_int_eq(calls, 0);
}

TEST(evdns_add_server_port_with_base__other_operations_are_refused)
{
	put_query(&query, 0x1234, "a", 1);
	query.at[2] = 0x29;
	put_header(&expected, 0x1234, 0xa904, 0, 0, 0, 0);
	ask();

	check_bytes(&reply, &expected);
	ck_assert_int_eq(calls, 0);
}

TEST(evdns_add_server_port_with_base__later_versions_of_edns_are_refused)
{
	put_header(&query, 0x1234, 0, 1, 0, 0, 1);
	put_question(&query, "a", 1);
	put_opt(&query, 1232, 1, 0);
	put_header(&expected, 0x1234, 0x8000, 0, 0, 0, 1);
	put_opt(&expected, 1232, 0x100, 0);
	ask();

	check_bytes(&reply, &expected);
	ck_assert_int_eq(calls, 0);
}

/* Longer than what is received. */
TEST(evdns_add_server_port_with_base__a_cut_query_is_refused)
{
	put_header(&query, 0x1234, 0, 1, 1, 0, 0);
	put_question(&query, "a", 1);
	put_name(&query, "a");
	put_16(&query, 16);
	put_16(&query, 1);
	put_16(&query, 0);
	put_16(&query, 0);
	put_16(&query, 2000);
	query.size += 2000;
	ask();

	ck_assert_uint_eq(flags_of(&reply), 0x8001);
}

TEST(evdns_add_server_port_with_base__many_queries_in_a_turn)
{
	put_query(&query, 0, "www.example.com", 1);
	for (unsigned i = 0; i < 100; i++) {
		query.at[1] = (uint8_t)i;
		send_query();
	}
	turn(base);

	ck_assert_int_eq(calls, 100);
	for (unsigned i = 0; i < 100; i++) {
		ck_assert(receive_reply());
		ck_assert_uint_eq(id_of(&reply), i);
	}
	ck_assert(!receive_reply());
}

/* ---- Times ------------------------------------------------------------------------------- */

TEST(evdns_server_request_respond__later)
{
	act = NULL;
	put_query(&query, 7, "a", 1);
	send_query();
	turn(base);
	ck_assert(!receive_reply());

	respond(held[0]);

	ck_assert(receive_reply());
	ck_assert_uint_eq(id_of(&reply), 7);
}

/* The third one is in the middle of a batch. */
static void
respond_to_the_first(struct evdns_server_request *req)
{
	(void)req;
	if (calls != 3)
		return;
	respond(held[0]);
	respond(held[2]);
	ck_assert(receive_reply());
	ck_assert_uint_eq(id_of(&reply), 0);
}

TEST(evdns_server_request_respond__to_another_request_in_a_callback)
{
	act = respond_to_the_first;
	put_query(&query, 0, "a", 1);
	for (unsigned i = 0; i < 4; i++) {
		query.at[1] = (uint8_t)i;
		send_query();
	}
	turn(base);

	ck_assert_int_eq(calls, 4);
	ck_assert(receive_reply());
	ck_assert_uint_eq(id_of(&reply), 2);
	respond(held[1]);
	drop(held[3]);
}

/* What a callback sends does not wait for those that follow and take their time. */
static void
respond_slowly(struct evdns_server_request *req)
{
	for (int i = 1; i < calls; i++)
		ck_assert(receive_reply());
	ck_assert(!receive_reply());
	levin_sim_spend(sim, 2 * MS_NS);
	calls = 1;
	respond(req);
}

TEST(evdns_server_request_respond__slow_callbacks)
{
	act = respond_slowly;
	put_query(&query, 0, "a", 1);
	for (unsigned i = 0; i < 5; i++)
		send_query();
	turn(base);

	ck_assert(receive_reply());
	ck_assert(!receive_reply());
}

TEST(evdns_server_request_respond__a_full_socket_takes_the_reply_later)
{
	struct levin_sim_options options = {.spurious_eagain_permille = 900};
	int received = 0;

	put_query(&query, 0, "a", 1);
	for (unsigned i = 0; i < 100; i++) {
		query.at[1] = (uint8_t)i;
		send_query();
	}
	while (received < 100) {
		ck_assert_int_eq(levin_sim_set_options(sim, &options), 0);
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
		ck_assert_int_eq(levin_sim_set_options(sim, NULL), 0);
		while (receive_reply())
			received++;
	}

	ck_assert(!receive_reply());
}

TEST(evdns_server_request_respond__a_full_socket_and_a_closed_port)
{
	struct levin_sim_options options = {.spurious_eagain_permille = 999};

	act = NULL;
	put_query(&query, 0, "a", 1);
	send_query();
	send_query();
	turn(base);
	ck_assert_int_eq(levin_sim_set_options(sim, &options), 0);
	respond(held[0]);
	evdns_close_server_port(port);
	port = NULL;

	/* There is nothing that it could wait for. */
	ck_assert_int_eq(evdns_server_request_respond(held[1], 0), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert(!is_open(server));
}

/* ---- The end ----------------------------------------------------------------------------- */

TEST(evdns_close_server_port__closes_the_socket)
{
	evdns_close_server_port(port);
	port = NULL;

	ck_assert(!is_open(server));
	ck_assert_int_eq(event_base_dispatch(base), 1);
}

TEST(evdns_close_server_port__requests_can_still_be_answered)
{
	act = NULL;
	put_query(&query, 1, "a", 1);
	send_query();
	send_query();
	turn(base);
	evdns_close_server_port(port);
	port = NULL;
	send_query();
	turn(base);
	ck_assert_int_eq(calls, 2);
	ck_assert(is_open(server));

	respond(held[0]);
	ck_assert(receive_reply());
	ck_assert(is_open(server));
	drop(held[1]);
	ck_assert(!is_open(server));
}

static void
close_and_respond(struct evdns_server_request *req)
{
	evdns_close_server_port(port);
	port = NULL;
	ck_assert(is_open(server));
	respond(req);
	ck_assert(!is_open(server));
}

TEST(evdns_close_server_port__inside_its_callback)
{
	put_query(&query, 1, "a", 1);
	send_query();
	act = close_and_respond;
	send_query();
	send_query();
	turn(base);

	ck_assert_int_eq(calls, 1);
	ck_assert(receive_reply());
	ck_assert(!receive_reply());
}

static void
respond_and_close(struct evdns_server_request *req)
{
	respond(req);
	if (calls < 3)
		return;
	evdns_close_server_port(port);
	port = NULL;
	ck_assert(!is_open(server));
}

TEST(evdns_close_server_port__sends_the_replies_of_the_turn)
{
	act = respond_and_close;
	put_query(&query, 1, "a", 1);
	for (int i = 0; i < 5; i++)
		send_query();
	turn(base);

	ck_assert_int_eq(calls, 3);
	for (int i = 0; i < 3; i++)
		ck_assert(receive_reply());
	ck_assert(!receive_reply());
}

TEST(evdns_close_server_port__after_the_base)
{
	act = NULL;
	put_query(&query, 1, "a", 1);
	send_query();
	turn(base);
	event_base_free(base);
	evdns_close_server_port(port);
	port = NULL;

	respond(held[0]);

	ck_assert(receive_reply());
	ck_assert(!is_open(server));
	base = levin_sim_base_new(sim, NULL);
}

TEST(evdns_close_server_port__ignores_null)
{
	evdns_close_server_port(NULL);
}

/* ---- Failures ---------------------------------------------------------------------------- */

TEST(evdns_add_server_port_with_base__wrong_arguments)
{
	keep_log();
	ck_assert_ptr_null(evdns_add_server_port_with_base(base, server, 1, on_query, NULL));
	ck_assert_ptr_null(evdns_add_server_port_with_base(base, server, 0, NULL, NULL));
	ck_assert_ptr_null(evdns_add_server_port_with_base(base, -1, 0, on_query, NULL));
	ck_assert_ptr_null(evdns_add_server_port_with_base(NULL, server, 0, on_query, NULL));
	ck_assert_int_eq(evdns_server_port_set_option(port, EVDNS_SOPT_TCP_MAX_CLIENTS, 5), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert(is_open(server));
}

TEST(evdns_add_server_port_with_base__without_memory_queries_are_refused)
{
	put_query(&query, 0x1234, "a", 1);
	put_header(&expected, 0x1234, 0x8102, 0, 0, 0, 0);
	/* The loop has its memory then. */
	ask();
	send_query();
	ck_assert_int_eq(levin_sim_fail_allocations(sim, 1, 0), 0);
	turn(base);
	ck_assert_int_eq(levin_sim_fail_allocations(sim, 0, 0), 0);

	ck_assert(receive_reply());
	check_bytes(&reply, &expected);
	ck_assert_int_eq(calls, 1);
	ask();
	ck_assert_int_eq(calls, 2);
}

/* ---- Sockets of the kernel ------------------------------------------------------------------ */

static int
real_socket(int type, struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, type, 0);

	*address =
	    (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	ck_assert_int_eq(bind(fd, (struct sockaddr *)address, size), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)address, &size), 0);
	return fd;
}

static void
ask_really(int fd, const struct sockaddr_in *address)
{
	struct sockaddr_in own;
	int asking = real_socket(SOCK_DGRAM, &own);

	(void)fd;
	put_query(&query, 0x4321, "www.example.com", 1);
	ck_assert_int_eq(sendto(asking, query.at, query.size, 0, (const struct sockaddr *)address,
			     sizeof(*address)),
	    (ssize_t)query.size);
	turn(base);
	reply.size = (size_t)recv(asking, reply.at, sizeof(reply.at), MSG_DONTWAIT);
	ck_assert_uint_eq(reply.size, query.size);
	ck_assert_uint_eq(id_of(&reply), 0x4321);
	close(asking);
}

static void
use_real_base(void)
{
	tear_down();
	sim = NULL;
	port = NULL;
	base = event_base_new();
}

TEST(evdns_add_server_port_with_base__a_blocking_socket_is_not_waited_for)
{
	struct sockaddr_in address;
	int fd = real_socket(SOCK_DGRAM, &address);

	use_real_base();
	port = evdns_add_server_port_with_base(base, fd, 0, on_query, &calls);
	ck_assert_ptr_nonnull(port);
	ask_really(fd, &address);

	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
}

TEST(evdns_add_server_port__uses_the_current_base)
{
	struct sockaddr_in address;
	int fd = real_socket(SOCK_DGRAM, &address);

	tear_down();
	sim = NULL;
	base = event_init();
	port = evdns_add_server_port(fd, 0, on_query, &calls);
	ck_assert_ptr_nonnull(port);
	ask_really(fd, &address);

	ck_assert_int_eq(calls, 1);
}

TEST(evdns_add_server_port_with_base__not_a_socket)
{
	int ends[2];

	use_real_base();
	keep_log();
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	port = evdns_add_server_port_with_base(base, ends[0], 0, on_query, &calls);
	ck_assert_ptr_nonnull(port);

	/* It is not watched for ever. */
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 1);
	close(ends[1]);
}

/* Unix sockets are writable although the receiver's queue is full. */
TEST(evdns_server_request_respond__as_much_waits_as_there_is_space_for)
{
	struct sockaddr_un names[2];
	int fds[2], received = 0, sent = 0;
	bool is_full = false;

	use_real_base();
	for (int i = 0; i < 2; i++) {
		names[i] = (struct sockaddr_un){.sun_family = AF_UNIX};
		snprintf(names[i].sun_path + 1, sizeof(names[i].sun_path) - 1, "levin-dns-%d-%d",
		    (int)getpid(), i);
		fds[i] = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
		ck_assert_int_eq(bind(fds[i], (struct sockaddr *)&names[i], sizeof(names[i])), 0);
	}
	port = evdns_add_server_port_with_base(base, fds[0], 0, on_query, &calls);
	act = NULL;
	put_header(&query, 1, 0, 1, 0, 0, 1);
	put_question(&query, "a", 1);
	put_opt(&query, 4096, 0, 0);
	while (!is_full) {
		ck_assert_int_eq(sendto(fds[1], query.at, query.size, 0,
				     (struct sockaddr *)&names[0], sizeof(names[0])),
		    (ssize_t)query.size);
		calls = 0;
		turn(base);
		ck_assert_int_eq(calls, 1);
		ck_assert_int_eq(
		    evdns_server_request_add_a_reply(held[0], "a", 254, query.at, 0), 0);
		is_full = evdns_server_request_respond(held[0], 0) < 0;
		sent += !is_full;
	}
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_gt(sent, 62);
	while (received < sent) {
		if (recv(fds[1], reply.at, sizeof(reply.at), 0) > 0)
			received++;
		else
			ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	}
	ck_assert_int_lt(recv(fds[1], reply.at, sizeof(reply.at), 0), 0);
	close(fds[1]);
}
