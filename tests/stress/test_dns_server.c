/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DNS servers of which one thread runs the loop, and others answer requests, whoever has asked, open
 * and close ports, and are clients themselves.  Every query has its reply.
 */
#include <errno.h>
#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/backends.h"
#include "support/dns_bytes.h"
#include "support/loop_kit.h"
#include "support/stress_kit.h"

enum { THREADS = 8, ROUNDS = 100, WAITING_MAX = 4096 };

static struct event_base *base;
static struct evdns_server_port *udp, *tcp;
static struct sockaddr_in udp_address, tcp_address;
static atomic_int next_thread;

/* Requests that the next thread takes. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct evdns_server_request *waiting[WAITING_MAX];
static int waiting_count;

static void
on_query(struct evdns_server_request *request, void *arg)
{
	bool is_full;

	(void)arg;
	pthread_mutex_lock(&mutex);
	is_full = waiting_count == WAITING_MAX;
	if (!is_full)
		waiting[waiting_count++] = request;
	pthread_mutex_unlock(&mutex);
	if (is_full)
		evdns_server_request_respond(request, DNS_ERR_SERVERFAILED);
}

/* Returns false if no request waits. */
static bool
answer_one(void)
{
	struct evdns_server_request *request = NULL;

	pthread_mutex_lock(&mutex);
	if (waiting_count > 0)
		request = waiting[--waiting_count];
	pthread_mutex_unlock(&mutex);
	if (!request)
		return false;
	ck_assert_int_eq(evdns_server_request_add_cname_reply(
			     request, request->questions[0]->name, "alias.test", 60),
	    0);
	evdns_server_request_respond(request, 0);
	return true;
}

/* ---- Clients ---- */

static int
connected_socket(int type, const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, type, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)address, sizeof(*address)), 0);
	return fd;
}

/* Answers requests until something is there to read. */
static void
wait_for_reply(int fd)
{
	struct pollfd watched = {.fd = fd, .events = POLLIN};

	while (poll(&watched, 1, answer_one() ? 0 : 1) == 0)
		;
}

static void
check_reply(const uint8_t *reply, ssize_t size, unsigned id)
{
	ck_assert_int_gt(size, 12);
	ck_assert_uint_eq((unsigned)(reply[0] << 8 | reply[1]), id);
	ck_assert_int_eq(reply[7], 1);
}

static void
ask_udp(int fd, const struct dns_bytes *query, unsigned id)
{
	uint8_t reply[512];

	ck_assert_int_eq(send(fd, query->at, query->size, 0), (ssize_t)query->size);
	wait_for_reply(fd);
	check_reply(reply, recv(fd, reply, sizeof(reply), 0), id);
}

static void
ask_tcp(int fd, const struct dns_bytes *query, unsigned id)
{
	uint8_t bytes[512] = {0, (uint8_t)query->size};

	memcpy(bytes + 2, query->at, query->size);
	ck_assert_int_eq(send(fd, bytes, 2 + query->size, 0), (ssize_t)(2 + query->size));
	wait_for_reply(fd);
	ck_assert_int_eq(recv(fd, bytes, 2, MSG_WAITALL), 2);
	check_reply(bytes + 2, recv(fd, bytes + 2, bytes[1], MSG_WAITALL), id);
}

/* ---- Ports that come and go ---- */

static int
bound_socket(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	*address = (struct sockaddr_in){.sin_family = AF_INET};
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)address, size), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)address, &size), 0);
	return fd;
}

static struct evdns_server_port *
open_tcp(struct sockaddr_in *address)
{
	struct evconnlistener *listener;
	struct evdns_server_port *port;
	socklen_t size = sizeof(*address);

	*address = (struct sockaddr_in){.sin_family = AF_INET};
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = evconnlistener_new_bind(base, NULL, NULL,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_THREADSAFE | LEV_OPT_DISABLED, 128,
	    (struct sockaddr *)address, sizeof(*address));
	ck_assert_ptr_nonnull(listener);
	ck_assert_int_eq(
	    getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)address, &size), 0);
	port = evdns_add_server_port_with_listener(base, listener, 0, on_query, NULL);
	ck_assert_ptr_nonnull(port);
	ck_assert_int_eq(evdns_server_port_set_option(port, EVDNS_SOPT_TCP_MAX_CLIENTS, 1000), 0);
	return port;
}

/* The queries are received, or not; their requests may outlive the port. */
static void
open_ask_and_close(const struct dns_bytes *query)
{
	struct sockaddr_in address;
	struct evdns_server_port *port =
	    evdns_add_server_port_with_base(base, bound_socket(&address), 0, on_query, NULL);
	int fd = connected_socket(SOCK_DGRAM, &address);
	uint8_t bytes[512] = {0, (uint8_t)query->size};

	ck_assert_ptr_nonnull(port);
	for (int i = 0; i < 5; i++)
		send(fd, query->at, query->size, 0);
	close(fd);
	answer_one();
	evdns_close_server_port(port);

	memcpy(bytes + 2, query->at, query->size);
	port = open_tcp(&address);
	fd = connected_socket(SOCK_STREAM, &address);
	for (int i = 0; i < 5; i++)
		send(fd, bytes, 2 + query->size, MSG_NOSIGNAL);
	answer_one();
	evdns_close_server_port(port);
	close(fd);
}

static void
work(void)
{
	unsigned id = 1000u * (unsigned)atomic_fetch_add(&next_thread, 1);
	int fds[2] = {connected_socket(SOCK_DGRAM, &udp_address),
	    connected_socket(SOCK_STREAM, &tcp_address)};
	static _Thread_local struct dns_bytes query;

	for (long i = 0; stress_goes_on(i, ROUNDS); i++) {
		id = id % 65535 + 1;
		put_query(&query, id, "www.example.com", 1);
		ask_udp(fds[0], &query, id);
		ask_tcp(fds[1], &query, id);
		if (i % 4 == 0)
			open_ask_and_close(&query);
	}
	while (answer_one())
		;
	close(fds[0]);
	close(fds[1]);
}

TEST_SECONDS(240);

TEST_RANGE(evdns_server_request_respond__from_many_threads, 0, stress_backends_count())
{
	const struct backend_under_test *backend = backend_under_test(_i);

	if (!backend->threads)
		return;
	base = base_on(backend);
	udp = evdns_add_server_port_with_base(base, bound_socket(&udp_address), 0, on_query, NULL);
	tcp = open_tcp(&tcp_address);

	stress_run(base, THREADS, work);

	evdns_close_server_port(udp);
	evdns_close_server_port(tcp);
	while (answer_one())
		;
	event_base_free(base);
}
