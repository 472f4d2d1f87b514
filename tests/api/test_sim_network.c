/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The network of a simulation: datagrams, addresses, links, files, and programs that connect
 * and listen as everywhere.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <levin/sim.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/platform.h"
#include "support/suite.h"

#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

static struct levin_sim *sim;
static struct event_base *base;

static void
set_up(void)
{
	sim = levin_sim_new(1, NULL);
	base = levin_sim_base_new(sim, NULL);
	ck_assert_ptr_nonnull(base);
}

static void
tear_down(void)
{
	event_base_free(base);
	levin_sim_free(sim);
}

#define ck_fails(call, expected)                   \
	do {                                       \
		errno = 0;                         \
		ck_assert_int_eq(call, -1);        \
		ck_assert_int_eq(errno, expected); \
	} while (0)

static void
set_link(const char *from, const char *to, struct levin_sim_link link)
{
	ck_assert_int_eq(levin_sim_set_link(sim, from, to, &link), 0);
}

static struct sockaddr_in
v4(const char *host, int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	ck_assert_int_eq(inet_pton(AF_INET, host, &address.sin_addr), 1);
	return address;
}

static int
udp(void)
{
	int fd = levin_sim_socket(sim, AF_INET, SOCK_DGRAM);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
send_to(int fd, const char *text, const char *host, int port)
{
	struct sockaddr_in to = v4(host, port);
	ssize_t size = (ssize_t)strlen(text);

	ck_assert_int_eq(
	    levin_sim_sendto(fd, text, strlen(text), (struct sockaddr *)&to, sizeof(to)), size);
}

static void
ck_received(int fd, const char *text)
{
	char bytes[100] = {0};

	ck_assert_int_eq(
	    levin_sim_recvfrom(fd, bytes, sizeof(bytes) - 1, NULL, NULL), (ssize_t)strlen(text));
	ck_assert_str_eq(bytes, text);
}

TEST_FIXTURE(set_up, tear_down);

/* ---- Datagrams ---------------------------------------------------------------------- */

TEST(levin_sim_sendto__a_datagram_and_its_answer)
{
	int server = levin_sim_datagram_socket(sim, "10.0.0.1:53");
	int client = udp();
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	char bytes[10];

	set_link(NULL, NULL,
	    (struct levin_sim_link){.latency_min_ns = 5 * MS, .latency_max_ns = 5 * MS});
	send_to(client, "question", "10.0.0.1", 53);
	ck_fails(levin_sim_recvfrom(server, bytes, sizeof(bytes), NULL, NULL), EAGAIN);
	levin_sim_spend(sim, 5 * MS);
	ck_assert_int_eq(
	    levin_sim_recvfrom(server, bytes, sizeof(bytes), (struct sockaddr *)&from, &size), 8);
	ck_assert_uint_eq(size, sizeof(from));
	ck_assert_uint_eq(from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	ck_assert_int_ge(ntohs(from.sin_port), 32768);
	ck_assert_int_eq(levin_sim_sendto(server, "answer", 6, (struct sockaddr *)&from, size), 6);
	levin_sim_spend(sim, 5 * MS);

	ck_received(client, "answer");
}

TEST(levin_sim_sendto__to_an_address_without_a_socket_is_lost)
{
	int fd = udp();

	send_to(fd, "x", "10.0.0.1", 53);
	ck_assert_int_eq(levin_sim_error(fd), 0);
	ck_fails(levin_sim_write(fd, "x", 1), EDESTADDRREQ);
}

TEST(levin_sim_recvfrom__cuts_what_does_not_fit)
{
	int server = levin_sim_datagram_socket(sim, "10.0.0.1:53");
	char bytes[3] = {0};

	send_to(udp(), "long", "10.0.0.1", 53);
	ck_assert_int_eq(levin_sim_recvfrom(server, bytes, 2, NULL, NULL), 2);
	ck_assert_str_eq(bytes, "lo");
	ck_fails(levin_sim_recvfrom(server, bytes, 2, NULL, NULL), EAGAIN);
}

TEST(levin_sim_sendto__is_limited)
{
	static char large[65508];
	struct sockaddr_in to = v4("10.0.0.1", 53);
	int server = levin_sim_datagram_socket(sim, "10.0.0.1:53");
	int client = udp();

	ck_fails(
	    levin_sim_sendto(client, large, 65508, (struct sockaddr *)&to, sizeof(to)), EMSGSIZE);
	/* More than the receiver keeps: the rest is lost. */
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(
		    levin_sim_sendto(client, large, 65507, (struct sockaddr *)&to, sizeof(to)),
		    65507);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(levin_sim_read(server, large, sizeof(large)), 65507);
	ck_fails(levin_sim_read(server, large, sizeof(large)), EAGAIN);
}

TEST(levin_sim_set_link__loses)
{
	int server = levin_sim_datagram_socket(sim, "10.0.0.1:53");
	int other = levin_sim_datagram_socket(sim, "10.0.0.2:53");
	int client = udp();
	int came = 0;

	set_link(NULL, "10.0.0.1", (struct levin_sim_link){.loss_permille = 500});
	for (int i = 0; i < 1000; i++) {
		send_to(client, "x", "10.0.0.1", 53);
		send_to(client, "x", "10.0.0.2", 53);
		ck_received(other, "x");
		came += levin_sim_read(server, (char[1]){0}, 1) == 1;
	}
	ck_assert_int_gt(came, 400);
	ck_assert_int_lt(came, 600);
}

TEST(levin_sim_set_link__duplicates)
{
	int server = levin_sim_datagram_socket(sim, "10.0.0.1:53");

	set_link("127.0.0.1", "10.0.0.1", (struct levin_sim_link){.duplicate_permille = 1000});
	send_to(udp(), "twice", "10.0.0.1", 53);
	ck_received(server, "twice");
	ck_received(server, "twice");
	ck_fails(levin_sim_read(server, (char[1]){0}, 1), EAGAIN);
}

TEST(levin_sim_set_link__reorders)
{
	int server = levin_sim_datagram_socket(sim, "10.0.0.1:53");
	int client = udp();

	set_link(NULL, NULL, (struct levin_sim_link){.reorder_permille = 1000});
	send_to(client, "first", "10.0.0.1", 53);
	set_link(NULL, NULL, (struct levin_sim_link){0});
	send_to(client, "second", "10.0.0.1", 53);
	levin_sim_spend(sim, S);
	ck_received(server, "second");
	ck_received(server, "first");
}

TEST(levin_sim_set_link__truncates)
{
	int server = levin_sim_datagram_socket(sim, "10.0.0.1:53");
	char bytes[100];

	set_link(NULL, NULL, (struct levin_sim_link){.truncate_permille = 1000});
	send_to(udp(), "a whole datagram", "10.0.0.1", 53);
	ck_assert_int_lt(levin_sim_read(server, bytes, sizeof(bytes)), 16);
}

TEST(levin_sim_set_link__refuses_what_is_illegal)
{
	struct levin_sim_link link = {.loss_permille = 1001};

	ck_fails(levin_sim_set_link(sim, NULL, NULL, &link), EINVAL);
	link.loss_permille = 0;
	ck_fails(levin_sim_set_link(sim, "no host", NULL, &link), EINVAL);
	ck_fails(levin_sim_set_link(sim, NULL, "/path", &link), EINVAL);
	link.reserved[7] = 1;
	ck_fails(levin_sim_set_link(sim, NULL, NULL, &link), EINVAL);
	ck_assert_int_eq(levin_sim_set_link(sim, NULL, "10.0.0.1", NULL), 0);
}

TEST(levin_sim_set_link__the_most_specific_counts)
{
	int server = levin_sim_datagram_socket(sim, "10.0.0.1:53");
	struct levin_sim_link down = {.is_down = 1};
	struct levin_sim_link up = {0};

	set_link(NULL, NULL, down);
	set_link("127.0.0.1", NULL, up);
	set_link(NULL, "10.0.0.1", down);
	send_to(udp(), "x", "10.0.0.1", 53);
	ck_fails(levin_sim_read(server, (char[1]){0}, 1), EAGAIN);
	set_link("127.0.0.1", "10.0.0.1", up);
	send_to(udp(), "x", "10.0.0.1", 53);
	ck_received(server, "x");
	ck_assert_int_eq(levin_sim_set_link(sim, "127.0.0.1", "10.0.0.1", NULL), 0);
	send_to(udp(), "x", "10.0.0.1", 53);
	ck_fails(levin_sim_read(server, (char[1]){0}, 1), EAGAIN);
}

/* ---- A resolver with three servers, of which one is dead and one is not there ---------- */

struct resolver {
	struct event *event;
	int fd;
	int server; /* counted from 0 */
	int timeouts;
	int refusals;
	char answer[16];
};

static void
ask_next(struct resolver *resolver)
{
	static const struct timeval patience = {1, 0};
	static const char *const servers[] = {"10.0.0.1", "10.0.0.2", "10.0.0.3"};

	send_to(resolver->fd, "?", servers[resolver->server++], 53);
	event_add(resolver->event, &patience);
}

static void
on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct resolver *resolver = arg;

	if (what & EV_TIMEOUT) {
		resolver->timeouts++;
		ask_next(resolver);
		return;
	}
	if (levin_sim_read(fd, resolver->answer, sizeof(resolver->answer) - 1) < 0) {
		ck_assert_int_eq(errno, ECONNREFUSED);
		resolver->refusals++;
		ask_next(resolver);
	}
}

static void
answer(evutil_socket_t fd, short what, void *arg)
{
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	char bytes[10];

	(void)what;
	(void)arg;
	ck_assert_int_eq(
	    levin_sim_recvfrom(fd, bytes, sizeof(bytes), (struct sockaddr *)&from, &size), 1);
	ck_assert_int_eq(levin_sim_sendto(fd, "192.0.2.1", 9, (struct sockaddr *)&from, size), 9);
}

TEST(levin_sim_datagram_socket__a_resolver_with_a_dead_server)
{
	struct resolver resolver = {.fd = udp()};
	int64_t start_ns = levin_sim_now_ns(sim);
	int alive = levin_sim_datagram_socket(sim, "10.0.0.3:53");
	struct event *server = event_new(base, alive, EV_READ, answer, NULL);

	set_link(NULL, "10.0.0.1", (struct levin_sim_link){.is_down = 1});
	resolver.event = event_new(base, resolver.fd, EV_READ, on_answer, &resolver);
	event_add(server, NULL);
	ask_next(&resolver);
	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_str_eq(resolver.answer, "192.0.2.1");
	/* A socket that is not connected does not learn of the refusal either. */
	ck_assert_int_eq(resolver.timeouts, 2);
	ck_assert_int_eq(resolver.refusals, 0);
	ck_assert_int_eq(levin_sim_now_ns(sim) - start_ns, 2 * S);
	event_free(server);
	event_free(resolver.event);
}

/* ---- Addresses ---------------------------------------------------------------------- */

TEST(levin_sim_listener_at__addresses_that_are_taken)
{
	ck_assert_int_ge(levin_sim_listener_at(sim, "10.0.0.1:80", 5), 0);
	ck_assert_int_ge(levin_sim_listener_at(sim, "10.0.0.2:80", 5), 0);
	ck_fails(levin_sim_listener_at(sim, "10.0.0.1:80", 5), EADDRINUSE);
	ck_fails(levin_sim_listener_at(sim, "0.0.0.0:80", 5), EADDRINUSE);
	ck_fails(levin_sim_listener_at(sim, "[::]:80", 5), EADDRINUSE);
	ck_fails(levin_sim_listener(sim, 80, 5), EADDRINUSE);
	ck_assert_int_ge(levin_sim_listener_at(sim, "[::1]:80", 5), 0);
	ck_assert_int_ge(levin_sim_datagram_socket(sim, "10.0.0.1:80"), 0);
	ck_fails(levin_sim_listener_at(sim, "no address", 5), EINVAL);
	ck_fails(levin_sim_listener_at(sim, NULL, 5), EINVAL);
}

TEST(levin_sim_connect_to__the_address_decides)
{
	int one = levin_sim_listener_at(sim, "10.0.0.1:80", 5);
	int all = levin_sim_listener_at(sim, "0.0.0.0:81", 5);
	int nobody;

	ck_assert_int_ge(levin_sim_connect_to(sim, "10.0.0.1:80"), 0);
	ck_assert_int_ge(levin_sim_accept(one), 0);
	ck_assert_int_ge(levin_sim_connect_to(sim, "10.0.0.9:81"), 0);
	ck_assert_int_ge(levin_sim_accept(all), 0);
	nobody = levin_sim_connect_to(sim, "10.0.0.2:80");
	ck_assert_int_ge(nobody, 0);
	ck_assert_int_eq(levin_sim_error(nobody), ECONNREFUSED);
	ck_fails(levin_sim_connect_to(sim, "nonsense"), EINVAL);
}

TEST(levin_sim_getpeername__of_both_ends)
{
	int listener = levin_sim_listener_at(sim, "10.0.0.1:80", 5);
	int client = levin_sim_connect_to(sim, "10.0.0.1:80");
	int server = levin_sim_accept(listener);
	struct sockaddr_in own;
	struct sockaddr_in peer;
	socklen_t size = sizeof(own);

	ck_assert_int_eq(levin_sim_getsockname(client, (struct sockaddr *)&own, &size), 0);
	ck_assert_int_eq(levin_sim_getpeername(server, (struct sockaddr *)&peer, &size), 0);
	ck_assert_mem_eq(&own, &peer, sizeof(own));
	ck_assert_uint_eq(own.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	ck_assert_int_eq(levin_sim_getsockname(server, (struct sockaddr *)&own, &size), 0);
	ck_assert_int_eq(levin_sim_getpeername(client, (struct sockaddr *)&peer, &size), 0);
	ck_assert_mem_eq(&own, &peer, sizeof(own));
	ck_assert_int_eq(ntohs(own.sin_port), 80);
	ck_fails(levin_sim_getpeername(listener, (struct sockaddr *)&peer, &size), ENOTCONN);
}

TEST(levin_sim_listener_at__an_ipv6_wildcard_takes_ipv4_as_mapped)
{
	int listener = levin_sim_listener_at(sim, "[::]:80", 5);
	struct sockaddr_in6 peer;
	socklen_t size = sizeof(peer);
	int server;

	ck_assert_int_ge(levin_sim_connect_to(sim, "10.0.0.1:80"), 0);
	server = levin_sim_accept(listener);
	ck_assert_int_eq(levin_sim_getpeername(server, (struct sockaddr *)&peer, &size), 0);
	ck_assert_uint_eq(size, sizeof(peer));
	ck_assert(IN6_IS_ADDR_V4MAPPED(&peer.sin6_addr));
}

TEST(levin_sim_listener_at__a_unix_socket)
{
	int listener = levin_sim_listener_at(sim, "/run/server", 1);
	int client = levin_sim_connect_to(sim, "/run/server");
	struct sockaddr_un name;
	socklen_t size = sizeof(name);
	char byte;
	int server;

	ck_assert_int_ge(client, 0);
	ck_fails(levin_sim_connect_to(sim, "/run/server"), EAGAIN);
	ck_fails(levin_sim_connect_to(sim, "/run/other"), ECONNREFUSED);
	server = levin_sim_accept(listener);
	ck_assert_int_eq(levin_sim_write(client, "x", 1), 1);
	ck_assert_int_eq(levin_sim_read(server, &byte, 1), 1);
	ck_assert_int_eq(levin_sim_getpeername(client, (struct sockaddr *)&name, &size), 0);
	ck_assert_str_eq(name.sun_path, "/run/server");
	ck_assert_int_eq(levin_sim_getpeername(server, (struct sockaddr *)&name, &size), 0);
	ck_assert_uint_eq(size, sizeof(sa_family_t));
	ck_assert_int_eq(levin_sim_close(listener), 0);
	ck_fails(levin_sim_connect_to(sim, "/run/server"), ECONNREFUSED);
}

/* ---- What the network does to streams ------------------------------------------------- */

static void
connect_two(int *client_out, int *server_out)
{
	int listener = levin_sim_listener_at(sim, "10.0.0.1:80", 5);

	*client_out = levin_sim_connect_to(sim, "10.0.0.1:80");
	*server_out = levin_sim_accept(listener);
	ck_assert_int_ge(*server_out, 0);
}

TEST(levin_sim_set_link__a_stream_waits_while_its_link_is_down)
{
	int client;
	int server;
	char bytes[10];

	connect_two(&client, &server);
	set_link(NULL, "10.0.0.1", (struct levin_sim_link){.is_down = 1});
	ck_assert_int_eq(levin_sim_write(client, "abc", 3), 3);
	ck_assert_int_eq(levin_sim_close(client), 0);
	levin_sim_spend(sim, 100 * S);
	ck_fails(levin_sim_read(server, bytes, sizeof(bytes)), EAGAIN);
	set_link(NULL, "10.0.0.1", (struct levin_sim_link){0});
	ck_assert_int_eq(levin_sim_read(server, bytes, sizeof(bytes)), 3);
	ck_assert_int_eq(levin_sim_read(server, bytes, sizeof(bytes)), 0);
}

TEST(levin_sim_set_link__an_attempt_at_a_dead_host_times_out)
{
	int fd;

	levin_sim_listener_at(sim, "10.0.0.1:80", 5);
	set_link(NULL, "10.0.0.1", (struct levin_sim_link){.is_down = 1});
	fd = levin_sim_connect_to(sim, "10.0.0.1:80");
	levin_sim_spend(sim, 30 * S);
	ck_assert_int_eq(levin_sim_error(fd), 0);
	levin_sim_spend(sim, 2 * S);
	ck_assert_int_eq(levin_sim_error(fd), ETIMEDOUT);
}

TEST(levin_sim_stall__delivers_what_has_waited)
{
	int client;
	int server;
	char bytes[10];

	connect_two(&client, &server);
	ck_assert_int_eq(levin_sim_stall(server, 1), 0);
	ck_assert_int_eq(levin_sim_write(client, "abc", 3), 3);
	levin_sim_spend(sim, S);
	ck_fails(levin_sim_read(server, bytes, sizeof(bytes)), EAGAIN);
	ck_assert_int_eq(levin_sim_write(server, "x", 1), 1);
	ck_assert_int_eq(levin_sim_read(client, bytes, sizeof(bytes)), 1);
	ck_assert_int_eq(levin_sim_stall(server, 0), 0);
	ck_assert_int_eq(levin_sim_read(server, bytes, sizeof(bytes)), 3);
	ck_fails(levin_sim_stall(-1, 1), EBADF);
}

TEST_RANGE(levin_sim_cut__ends_the_stream_at_a_byte, 0, 7)
{
	int client;
	int server;
	char bytes[10];

	connect_two(&client, &server);
	ck_assert_int_eq(levin_sim_cut(server, (size_t)_i, LEVIN_SIM_CUT_END), 0);
	ck_assert_int_eq(levin_sim_write(client, "abc", 3), 3);
	ck_assert_int_eq(levin_sim_write(client, "def", 3), 3);
	if (_i > 0)
		ck_assert_int_eq(levin_sim_read(server, bytes, sizeof(bytes)), _i);
	ck_assert_int_eq(levin_sim_read(server, bytes, sizeof(bytes)), 0);
}

TEST_RANGE(levin_sim_cut__resets_the_stream_at_a_byte, 0, 7)
{
	int client;
	int server;
	char bytes[10];

	connect_two(&client, &server);
	ck_assert_int_eq(levin_sim_cut(server, (size_t)_i, LEVIN_SIM_CUT_RESET), 0);
	(void)levin_sim_write(client, "abcdef", 6);
	if (_i > 0)
		ck_assert_int_eq(levin_sim_read(server, bytes, sizeof(bytes)), _i);
	ck_fails(levin_sim_read(server, bytes, sizeof(bytes)), ECONNRESET);
	if (_i > 0)
		ck_fails(levin_sim_read(client, bytes, sizeof(bytes)), ECONNRESET);
}

TEST(levin_sim_cut__refuses_what_is_illegal)
{
	int client;
	int server;

	connect_two(&client, &server);
	ck_fails(levin_sim_cut(server, 1, (enum levin_sim_cut)3), EINVAL);
	ck_fails(levin_sim_cut(-1, 1, LEVIN_SIM_CUT_END), EBADF);
	ck_fails(levin_sim_cut(udp(), 1, LEVIN_SIM_CUT_END), ENOTCONN);
}

/* ---- Programs ----------------------------------------------------------------------- */

static void
ignore_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int size, void *arg)
{
	(void)listener;
	(void)address;
	(void)size;
	++*(int *)arg;
	evutil_closesocket(fd);
}

static void
note_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	*(short *)arg |= what;
}

/* Connects to the name; returns what was reported. */
static short
connect_by_name(int family, const char *name, int *dns_error)
{
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	short reported = 0;

	bufferevent_setcb(bev, NULL, NULL, note_event, &reported);
	ck_assert_int_eq(bufferevent_socket_connect_hostname(bev, NULL, family, name, 80), 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	*dns_error = bufferevent_socket_get_dns_error(bev);
	bufferevent_free(bev);
	return reported;
}

static const struct {
	int family;
	const char *name;
	short reported;
	int dns_error;
} names[] = {
    {AF_INET, "10.0.0.1", BEV_EVENT_CONNECTED, 0},
    {AF_UNSPEC, "web.example", BEV_EVENT_CONNECTED, 0},
    {AF_INET, "WWW", BEV_EVENT_CONNECTED, 0},
    {AF_INET6, "www", BEV_EVENT_ERROR, 0},
    {AF_INET, "comment", BEV_EVENT_ERROR, EVUTIL_EAI_NONAME},
    {AF_INET, "unknown.example", BEV_EVENT_ERROR, EVUTIL_EAI_NONAME},
    {AF_INET, "localhost", BEV_EVENT_ERROR, EVUTIL_EAI_NONAME},
};

TEST_RANGE(bufferevent_socket_connect_hostname__finds_the_names_of_the_hosts_file, 0, 7)
{
	int dns_error;

	ck_assert_int_ge(levin_sim_listener_at(sim, "10.0.0.1:80", 5), 0);
	ck_assert_int_eq(
	    levin_sim_set_file(sim, "/etc/hosts",
		"\n# hosts\n10.0.0.1 web.example www # comment\n 2001:db8::1\twww\n10.0.0.2"),
	    0);
	ck_assert_int_eq(
	    connect_by_name(names[_i].family, names[_i].name, &dns_error), names[_i].reported);
	ck_assert_int_eq(dns_error, names[_i].dns_error);
}

TEST(bufferevent_socket_connect_hostname__knows_localhost_without_a_file)
{
	int dns_error;

	ck_assert_int_ge(levin_sim_listener_at(sim, "127.0.0.1:80", 5), 0);
	ck_assert_int_eq(connect_by_name(AF_INET, "localhost", &dns_error), BEV_EVENT_CONNECTED);
	ck_assert_int_eq(levin_sim_set_file(sim, "/etc/hosts", ""), 0);
	ck_assert_int_eq(connect_by_name(AF_INET, "localhost", &dns_error), BEV_EVENT_ERROR);
	ck_assert_int_eq(levin_sim_set_file(sim, "/etc/hosts", NULL), 0);
	ck_fails(levin_sim_set_file(sim, NULL, ""), EINVAL);
}

TEST(evconnlistener_new_bind__in_a_simulation)
{
	struct sockaddr_in address = v4("10.0.0.1", 0);
	struct sockaddr *any = (struct sockaddr *)&address;
	socklen_t size = sizeof(address);
	char text[64];
	int accepted = 0;
	struct evconnlistener *listener = evconnlistener_new_bind(
	    base, ignore_connection, &accepted, LEV_OPT_CLOSE_ON_FREE, -1, any, sizeof(address));

	ck_assert_ptr_nonnull(listener);
	ck_assert_int_eq(levin_sim_getsockname(evconnlistener_get_fd(listener), any, &size), 0);
	ck_assert_int_ge(ntohs(address.sin_port), 32768);
	ck_assert_ptr_null(evconnlistener_new_bind(
	    base, ignore_connection, NULL, LEV_OPT_CLOSE_ON_FREE, -1, any, sizeof(address)));
	ck_assert_int_eq(errno, EADDRINUSE);
	snprintf(text, sizeof(text), "10.0.0.1:%d", ntohs(address.sin_port));
	ck_assert_int_ge(levin_sim_connect_to(sim, text), 0);
	event_base_loop(base, EVLOOP_NONBLOCK);

	ck_assert_int_eq(accepted, 1);
	evconnlistener_free(listener);
	ck_assert_int_eq(levin_sim_count_descriptors(sim), 1);
}

#if LVN_HAVE_REUSEPORT
TEST(evconnlistener_new_bind__several_share_a_port)
{
	struct sockaddr_in address = v4("10.0.0.1", 80);
	unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE_PORT;
	struct evconnlistener *listeners[2];
	int accepted[2] = {0, 0};

	for (int i = 0; i < 2; i++) {
		listeners[i] = evconnlistener_new_bind(base, ignore_connection, &accepted[i], flags,
		    100, (struct sockaddr *)&address, sizeof(address));
		ck_assert_ptr_nonnull(listeners[i]);
	}
	for (int i = 0; i < 40; i++)
		ck_assert_int_ge(levin_sim_connect_to(sim, "10.0.0.1:80"), 0);
	event_base_loop(base, EVLOOP_NONBLOCK);

	ck_assert_int_eq(accepted[0] + accepted[1], 40);
	ck_assert_int_gt(accepted[0], 5);
	ck_assert_int_gt(accepted[1], 5);
	evconnlistener_free(listeners[0]);
	evconnlistener_free(listeners[1]);
}
#endif

TEST(bufferevent_socket_connect__to_a_unix_socket)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/server"};
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	int accepted = 0;
	short reported = 0;
	struct evconnlistener *listener = evconnlistener_new_bind(base, ignore_connection,
	    &accepted, LEV_OPT_CLOSE_ON_FREE, -1, (struct sockaddr *)&address, sizeof(address));

	ck_assert_ptr_nonnull(listener);
	bufferevent_setcb(bev, NULL, NULL, note_event, &reported);
	ck_assert_int_eq(
	    bufferevent_socket_connect(bev, (struct sockaddr *)&address, sizeof(address)), 0);
	event_base_loop(base, EVLOOP_NONBLOCK);

	ck_assert_int_eq(reported & BEV_EVENT_CONNECTED, BEV_EVENT_CONNECTED);
	ck_assert_int_eq(accepted, 1);
	bufferevent_free(bev);
	evconnlistener_free(listener);
}
