/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Questions to a real server by UDP and TCP while memory and system calls fail.  No question is
 * lost, and each has the right outcome: there is a try after each that fails.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/platform.h"
#include "base/private.h"
#include "dns/dns_exchange.h"
#include "dns/dns_network.h"
#include "dns/dns_options.h"
#include "support/dns_network_kit.h"
#include "torture/torture.h"

enum { QUESTIONS = 3, REPLY_MAX = 512 };

/* ---- The server, whose calls do not fail ------------------------------------------------ */

struct server {
	struct event_base *base;
	struct sockaddr_in address;
	int by_udp;
	int by_tcp; /* listens, or -1 */
	struct event *readable;
	struct event *acceptable;
	struct event *stream; /* readable, of the latest connection */
	int stream_fd;
};

/* Turns a question into a reply: an address, or nothing but the TC bit.  Returns its size. */
static size_t
make_reply(uint8_t *message, bool is_truncated)
{
	static const uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 0, 0, 4, 192, 0, 2, 1};
	size_t size = LVN_DNS_HEADER_SIZE;

	while (message[size] != 0)
		size += message[size] + 1U;
	size += 5;
	message[2] |= is_truncated ? 0x82 : 0x80;
	message[3] = 0x80;
	message[11] = 0;
	if (is_truncated)
		return size;
	message[7] = 1;
	memcpy(message + size, record, sizeof(record));
	return size + sizeof(record);
}

static void
answer_by_udp(evutil_socket_t fd, short what, void *arg)
{
	const struct server *server = arg;
	uint8_t message[REPLY_MAX];
	struct sockaddr_in from;
	socklen_t from_size = sizeof(from);
	ssize_t size;

	(void)what;
	faults_pause();
	size = recvfrom(
	    fd, message, sizeof(message), MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);
	if (size >= LVN_DNS_HEADER_SIZE)
		sendto(fd, message, make_reply(message, server->by_tcp >= 0), 0,
		    (struct sockaddr *)&from, from_size);
	faults_resume();
}

static void
close_stream(struct server *server)
{
	if (server->stream)
		event_free(server->stream);
	server->stream = NULL;
	if (server->stream_fd >= 0)
		close(server->stream_fd);
	server->stream_fd = -1;
}

/* Questions are small: each comes as a whole, with its length. */
static void
answer_by_tcp(evutil_socket_t fd, short what, void *arg)
{
	uint8_t message[2 * REPLY_MAX], reply[2 + REPLY_MAX];
	struct server *server = arg;
	ssize_t size;

	(void)what;
	faults_pause();
	size = recv(fd, message, sizeof(message), MSG_DONTWAIT);
	if (size == 0 || (size < 0 && errno != EAGAIN))
		close_stream(server);
	for (ssize_t at = 0; at < size; at += 2 + (message[at] << 8 | message[at + 1])) {
		size_t reply_size;

		memcpy(reply + 2, message + at + 2, (size_t)(message[at] << 8 | message[at + 1]));
		reply_size = make_reply(reply + 2, false);
		reply[0] = (uint8_t)(reply_size >> 8);
		reply[1] = (uint8_t)reply_size;
		send(fd, reply, 2 + reply_size, MSG_NOSIGNAL);
	}
	faults_resume();
}

static void
accept_stream(evutil_socket_t fd, short what, void *arg)
{
	struct server *server = arg;

	(void)what;
	faults_pause();
	close_stream(server);
	server->stream_fd = accept(fd, NULL, NULL);
	server->stream =
	    event_new(server->base, server->stream_fd, EV_READ | EV_PERSIST, answer_by_tcp, server);
	EXPECT(event_add(server->stream, NULL) == 0);
	faults_resume();
}

/* At the server's address; a port of 0 is replaced by the one that the kernel chose. */
static bool
bind_socket(struct server *server, int fd)
{
	socklen_t size = sizeof(server->address);

	if (bind(fd, (struct sockaddr *)&server->address, size) < 0)
		return false;
	EXPECT(getsockname(fd, (struct sockaddr *)&server->address, &size) == 0);
	return true;
}

/* A port that is free for UDP may belong to somebody else's TCP. */
static void
bind_sockets(struct server *server, bool with_tcp)
{
	for (;;) {
		server->address.sin_port = 0;
		server->by_udp = socket(AF_INET, SOCK_DGRAM, 0);
		EXPECT(bind_socket(server, server->by_udp));
		if (!with_tcp)
			return;
		server->by_tcp = socket(AF_INET, SOCK_STREAM, 0);
		if (bind_socket(server, server->by_tcp))
			return;
		EXPECT(errno == EADDRINUSE);
		close(server->by_tcp);
		close(server->by_udp);
	}
}

static void
open_server(struct server *server, struct event_base *base, bool with_tcp)
{
	faults_pause();
	*server = (struct server){.base = base, .by_tcp = -1, .stream_fd = -1};
	server->address.sin_family = AF_INET;
	server->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bind_sockets(server, with_tcp);
	if (with_tcp) {
		EXPECT(listen(server->by_tcp, 10) == 0);
		server->acceptable =
		    event_new(base, server->by_tcp, EV_READ | EV_PERSIST, accept_stream, server);
		EXPECT(event_add(server->acceptable, NULL) == 0);
	}
	server->readable =
	    event_new(base, server->by_udp, EV_READ | EV_PERSIST, answer_by_udp, server);
	EXPECT(event_add(server->readable, NULL) == 0);
	faults_resume();
}

static void
close_server(struct server *server)
{
	faults_pause();
	event_free(server->readable);
	close(server->by_udp);
	close_stream(server);
	if (server->acceptable) {
		event_free(server->acceptable);
		close(server->by_tcp);
	}
	faults_resume();
}

/* ---- The program ------------------------------------------------------------------------ */

struct program {
	struct dns_options options;
	struct lock *lock;
	struct dns_network *network;
	int outcomes;
	int freed;
};

static void
on_done(void *arg, const struct dns_outcome *outcome)
{
	struct program *program = arg;

	EXPECT(outcome->status == 0);
	EXPECT(outcome->rcode == 0);
	EXPECT(outcome->size > 16 && outcome->message[outcome->size - 4] == 192);
	program->outcomes++;
}

static void
on_freed(void *arg)
{
	struct program *program = arg;

	lvn_private_lock_free(program->lock);
	program->freed++;
}

static struct dns_exchange *
start(struct program *program, unsigned flags)
{
	static const struct dns_question question = {
	    .name = {13, "\3www\7example"}, .type = DNS_TYPE_A, .dns_class = DNS_CLASS_IN};
	struct dns_exchange *exchange;

	lvn_private_lock_acquire(program->lock);
	exchange =
	    lvn_dns_exchange_start_locked(program->network, &question, flags, on_done, program);
	lvn_private_lock_release(program->lock);
	return exchange;
}

static int
add_server(struct program *program, const struct sockaddr_in *address)
{
	int rc;

	lvn_private_lock_acquire(program->lock);
	rc = lvn_dns_network_add_locked(
	    program->network, (const struct sockaddr *)address, sizeof(*address));
	lvn_private_lock_release(program->lock);
	return rc;
}

static void
ask(const struct configuration *configuration, bool with_tcp)
{
	struct event_base *base = torture_base(configuration);
	struct program program = {.outcomes = 0};
	struct dns_network_setup setup = {
	    .base = base, .options = &program.options, .freed = on_freed, .arg = &program};
	struct dns_exchange *exchange;
	struct server server;

	kit_default_options(&program.options);
	open_server(&server, base, with_tcp);
	TRY_NEW(program.lock, lvn_private_lock_new());
	setup.lock = program.lock;
	TRY_NEW(program.network, lvn_dns_network_new(&setup));
	TRY(add_server(&program, &server.address));
	for (int i = 0; i < QUESTIONS; i++)
		TRY_NEW(exchange, start(&program, 0));
	torture_run(base, &program.outcomes, QUESTIONS);
	EXPECT(program.outcomes == QUESTIONS);
	/* Once more, by what is there. */
	TRY_NEW(exchange, start(&program, with_tcp ? DNS_EXCHANGE_TCP : 0));
	torture_run(base, &program.outcomes, QUESTIONS + 1);
	EXPECT(program.outcomes == QUESTIONS + 1);
	TRY_NEW(exchange, start(&program, 0));
	lvn_private_lock_acquire(program.lock);
	lvn_dns_network_free_locked(program.network);
	lvn_private_lock_release(program.lock);
	close_server(&server);
	event_base_free(base);
	EXPECT(program.freed == 1);
	EXPECT(program.outcomes == QUESTIONS + 1);
}

static void
ask_by_udp(const struct configuration *configuration)
{
	ask(configuration, false);
}

static void
ask_by_tcp(const struct configuration *configuration)
{
	ask(configuration, true);
}

TEST_SECONDS(120);

TEST_RANGE(lvn_dns_network__questions_by_udp_whatever_fails, 0, backends_under_test_count())
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	torture(ask_by_udp, &configuration);
}

TEST_RANGE(lvn_dns_network__questions_by_tcp_whatever_fails, 0, backends_under_test_count())
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	torture(ask_by_tcp, &configuration);
}
