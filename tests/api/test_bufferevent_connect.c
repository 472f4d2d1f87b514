/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bufferevents that connect: to addresses and to names.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "support/suite.h"

static struct event_base *base;
static int listener;
static struct sockaddr_in address;
static struct bufferevent *bev;

static const struct sockaddr *
where(const struct sockaddr_in *to)
{
	return (const struct sockaddr *)to;
}

static void
open_listener(void)
{
	socklen_t size = sizeof(address);

	listener = socket(AF_INET, SOCK_STREAM, 0);
	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listener, where(&address), size), 0);
	ck_assert_int_eq(listen(listener, 10), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
}

/* An address of the loopback interface where nobody listens. */
static struct sockaddr_in
closed_address(void)
{
	struct sockaddr_in closed = address;
	socklen_t size = sizeof(closed);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	closed.sin_port = 0;
	ck_assert_int_eq(bind(fd, where(&closed), size), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&closed, &size), 0);
	close(fd);
	return closed;
}

static void
set_up(int i, int options)
{
	base = base_on(backend_under_test(i));
	open_listener();
	bev = stream_on(base, -1, BEV_OPT_CLOSE_ON_FREE | options);
	bufferevent_setcb(bev, spell_read_and_drain, spell_written, spell_event, word(""));
}

static void
tear_down(void)
{
	bufferevent_free(bev);
	event_base_free(base);
	close(listener);
}

static int
connect_to(const struct sockaddr_in *to)
{
	return bufferevent_socket_connect(bev, where(to), sizeof(*to));
}

TEST_ON_BACKENDS(bufferevent_socket_connect__sends_output_when_connected)
{
	char data[8];
	int peer;

	set_up(_i, 0);
	write_text(bev, "hello");
	ck_assert_int_eq(connect_to(&address), 0);
	ck_assert_str_eq(spelled(), "");

	turns(base, 2);

	ck_assert_str_eq(spelled(), "!up w0 ");
	peer = accept(listener, NULL, NULL);
	ck_assert_int_eq(read(peer, data, sizeof(data)), 5);
	close(peer);
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_socket_connect__reads_when_connected)
{
	int peer;

	set_up(_i, 0);
	bufferevent_enable(bev, EV_READ);
	ck_assert_int_eq(connect_to(&address), 0);
	peer = accept(listener, NULL, NULL);
	ck_assert_int_eq(write(peer, "hello", 5), 5);

	turns(base, 3);

	ck_assert_str_eq(spelled(), "!up r5 ");
	close(peer);
	tear_down();
}

static void
write_when_up(struct bufferevent *stream, short what, void *name)
{
	spell_event(stream, what, name);
	write_text(stream, "hi");
}

TEST_ON_BACKENDS(bufferevent_write__inside_callback_of_connected)
{
	char data[8];
	int peer;

	set_up(_i, 0);
	bufferevent_setcb(bev, NULL, spell_written, write_when_up, word(""));
	ck_assert_int_eq(connect_to(&address), 0);

	turns(base, 2);

	ck_assert_str_eq(spelled(), "!up w0 ");
	peer = accept(listener, NULL, NULL);
	ck_assert_int_eq(read(peer, data, sizeof(data)), 2);
	close(peer);
	tear_down();
}

static void
free_when_told(struct bufferevent *stream, short what, void *name)
{
	spell_event(stream, what, name);
	bufferevent_free(stream);
	bev = stream_on(base, -1, 0);
}

TEST_ON_BACKENDS(bufferevent_free__inside_callback_of_connected)
{
	char data[8];
	int peer;

	set_up(_i, 0);
	bufferevent_setcb(bev, NULL, NULL, free_when_told, word(""));
	write_text(bev, "hello");
	ck_assert_int_eq(connect_to(&address), 0);

	turns(base, 2);

	ck_assert_str_eq(spelled(), "!up ");
	peer = accept(listener, NULL, NULL);
	ck_assert_int_eq(read(peer, data, sizeof(data)), 0);
	close(peer);
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_socket_connect__refused_is_reported_by_the_loop)
{
	struct sockaddr_in closed;

	set_up(_i, 0);
	closed = closed_address();
	bufferevent_enable(bev, EV_READ);
	write_text(bev, "hello");
	ck_assert_int_eq(connect_to(&closed), 0);
	ck_assert_str_eq(spelled(), "");

	turns(base, 2);

	ck_assert_str_eq(spelled(), "!err ");
	ck_assert_int_eq(bufferevent_get_enabled(bev), EV_READ | EV_WRITE);
	ck_assert_uint_eq(output_size(bev), 5);
	turns(base, 2);
	ck_assert_str_eq(spelled(), "");
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_socket_connect__unix_socket_is_reported_by_the_loop)
{
	struct sockaddr_un path = {.sun_family = AF_UNIX};
	int server = socket(AF_UNIX, SOCK_STREAM, 0);
	socklen_t size = sizeof(path);

	set_up(_i, 0);
	/* An abstract name that the kernel chooses. */
	ck_assert_int_eq(bind(server, (struct sockaddr *)&path, sizeof(sa_family_t)), 0);
	ck_assert_int_eq(getsockname(server, (struct sockaddr *)&path, &size), 0);
	ck_assert_int_eq(listen(server, 1), 0);
	ck_assert_int_eq(bufferevent_socket_connect(bev, (struct sockaddr *)&path, (int)size), 0);
	ck_assert_str_eq(spelled(), "");

	turn(base);

	ck_assert_str_eq(spelled(), "!up ");
	close(server);
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_socket_connect__impossible_address_fails_at_once)
{
	struct sockaddr other = {.sa_family = 77};
	struct sockaddr_un nowhere = {.sun_family = AF_UNIX, .sun_path = "/nonexistent/socket"};

	set_up(_i, 0);

	ck_assert_int_eq(bufferevent_socket_connect(bev, &other, sizeof(other)), -1);
	ck_assert_int_eq(bufferevent_getfd(bev), -1);
	ck_assert_int_eq(bufferevent_socket_connect(bev, NULL, 0), -1);
	ck_assert_int_eq(
	    bufferevent_socket_connect(bev, (struct sockaddr *)&nowhere, sizeof(nowhere)), -1);
	ck_assert_int_eq(bufferevent_getfd(bev), -1);
	turns(base, 2);

	ck_assert_str_eq(spelled(), "");
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_socket_connect__null_waits_for_a_connecting_socket)
{
	int fd;

	set_up(_i, 0);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(connect(fd, where(&address), sizeof(address)), -1);
	ck_assert_int_eq(errno, EINPROGRESS);
	ck_assert_int_eq(bufferevent_setfd(bev, fd), 0);

	ck_assert_int_eq(bufferevent_socket_connect(bev, NULL, 0), 0);
	turns(base, 2);

	ck_assert_str_eq(spelled(), "!up ");
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_disable__writing_does_not_hide_connected)
{
	set_up(_i, 0);
	ck_assert_int_eq(connect_to(&address), 0);
	bufferevent_disable(bev, EV_WRITE);
	write_text(bev, "hello");

	turns(base, 2);

	ck_assert_str_eq(spelled(), "!up ");
	ck_assert_uint_eq(output_size(bev), 5);
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_free__while_connecting)
{
	set_up(_i, 0);
	ck_assert_int_eq(connect_to(&address), 0);
	bufferevent_free(bev);
	bev = stream_on(base, -1, 0);

	turns(base, 2);

	ck_assert_str_eq(spelled(), "");
	tear_down();
}

/* ---- Names ----------------------------------------------------------------------------- */

static int
connect_by_name(int family, const char *name, int port)
{
	return bufferevent_socket_connect_hostname(bev, NULL, family, name, port);
}

TEST_ON_BACKENDS(bufferevent_socket_connect_hostname__connects)
{
	set_up(_i, 0);
	write_text(bev, "hello");

	ck_assert_int_eq(connect_by_name(AF_INET, "127.0.0.1", ntohs(address.sin_port)), 0);
	turns(base, 3);

	ck_assert_str_eq(spelled(), "!up w0 ");
	ck_assert_int_eq(bufferevent_socket_get_dns_error(bev), 0);
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_socket_connect_hostname_hints__select_addresses)
{
	struct evutil_addrinfo hints = {.ai_family = AF_INET,
	    .ai_socktype = SOCK_STREAM,
	    .ai_protocol = IPPROTO_TCP,
	    .ai_flags = AI_NUMERICHOST};

	set_up(_i, 0);

	ck_assert_int_eq(bufferevent_socket_connect_hostname_hints(
			     bev, NULL, &hints, "localhost", ntohs(address.sin_port)),
	    0);
	ck_assert_str_eq(spelled(), "!err ");
	ck_assert_int_ne(bufferevent_socket_get_dns_error(bev), 0);
	ck_assert_int_eq(bufferevent_socket_connect_hostname_hints(
			     bev, NULL, &hints, "127.0.0.1", ntohs(address.sin_port)),
	    0);
	turns(base, 3);

	ck_assert_str_eq(spelled(), "!up ");
	ck_assert_int_eq(bufferevent_socket_get_dns_error(bev), 0);
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_socket_connect_hostname__unknown_name_is_an_error)
{
	set_up(_i, 0);

	ck_assert_int_eq(connect_by_name(AF_INET6, "127.0.0.1", 80), 0);

	ck_assert_str_eq(spelled(), "!err ");
	ck_assert_int_ne(bufferevent_socket_get_dns_error(bev), 0);
	ck_assert_int_eq(bufferevent_getfd(bev), -1);
	bufferevent_enable(bev, EV_READ);
	turn(base);
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_socket_connect_hostname__refused_is_no_dns_error)
{
	struct sockaddr_in closed;

	set_up(_i, 0);
	closed = closed_address();

	ck_assert_int_eq(connect_by_name(AF_INET, "127.0.0.1", ntohs(closed.sin_port)), 0);
	turns(base, 2);

	ck_assert_str_eq(spelled(), "!err ");
	ck_assert_int_eq(bufferevent_socket_get_dns_error(bev), 0);
	tear_down();
}

/* Nothing listens at the address of IPv6 that the name may have, too. */
TEST_ON_BACKENDS(bufferevent_socket_connect_hostname__tries_both_families)
{
	set_up(_i, 0);
	write_text(bev, "hello");

	ck_assert_int_eq(connect_by_name(AF_UNSPEC, "localhost", ntohs(address.sin_port)), 0);

	ck_assert_str_eq(next_spelled(base), "!up w0 ");
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_socket_connect_hostname__refuses_families_and_ports)
{
	set_up(_i, 0);

	ck_assert_int_eq(connect_by_name(AF_UNIX, "127.0.0.1", 80), -1);
	ck_assert_int_eq(connect_by_name(AF_INET, "127.0.0.1", 0), -1);
	ck_assert_int_eq(connect_by_name(AF_INET, "127.0.0.1", -1), -1);
	ck_assert_int_eq(connect_by_name(AF_INET, "127.0.0.1", 65536), -1);
	turn(base);

	ck_assert_str_eq(spelled(), "");
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_free__inside_callback_of_failed_lookup)
{
	set_up(_i, 0);
	bufferevent_setcb(bev, NULL, NULL, free_when_told, word(""));

	ck_assert_int_eq(connect_by_name(AF_INET6, "127.0.0.1", 80), 0);

	ck_assert_str_eq(spelled(), "!err ");
	tear_down();
}
