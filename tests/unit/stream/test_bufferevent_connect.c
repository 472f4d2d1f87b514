/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/stream.h"

#include <event2/event.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addrinfo.h"
#include "base/resolver_hook.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "support/suite.h"

/* ---- A resolver whose results the test gives ---------------------------------------- */

static struct {
	resolver_done_fn *done;
	void *arg;
	char node[32];
	char service[8];
	int cancelled;
} request;

static void *
start(void *resolver, const char *node, const char *service, const struct addrinfo *hints,
    resolver_done_fn *done, void *arg)
{
	ck_assert_str_eq(resolver, "resolver");
	ck_assert_int_eq(hints->ai_socktype, SOCK_STREAM);
	ck_assert_int_eq(hints->ai_protocol, IPPROTO_TCP);
	strcpy(request.node, node);
	strcpy(request.service, service);
	request.done = done;
	request.arg = arg;
	return &request;
}

static void
resolve(int error, struct addrinfo *list)
{
	resolver_done_fn *done = request.done;

	request.done = NULL;
	done(error, list, false, request.arg);
}

static void
resolve_some(struct addrinfo *list)
{
	request.done(0, list, true, request.arg);
}

static void
cancel(void *cancelled)
{
	ck_assert_ptr_eq(cancelled, &request);
	request.cancelled++;
	resolve(EVUTIL_EAI_CANCEL, NULL);
}

static const struct resolver_hook hook = {.start = start, .cancel = cancel};

static struct event_base *base;
static struct bufferevent *bev;

static void
set_up(void)
{
	lvn_resolver_hook_set(&hook);
	base = event_base_new();
	bev = stream_on(base, -1, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(bev, spell_read, spell_written, spell_event, word(""));
	bufferevent_enable(bev, EV_READ);
	bufferevent_write(bev, "hello", 5);
	ck_assert_int_eq(
	    bufferevent_socket_connect_hostname(bev, word("resolver"), AF_INET, "some.name", 1234),
	    0);
}

static void
tear_down(void)
{
	event_base_free(base);
	lvn_resolver_hook_set(NULL);
	ck_assert(request.done == NULL);
}

/* ---- Cases ----------------------------------------------------------------------------- */

static struct sockaddr_in address;

static int
open_listener(int backlog)
{
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	address =
	    (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(listener, backlog), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	return listener;
}

static struct addrinfo *
append(struct addrinfo *list, const void *one, socklen_t size)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};

	return lvn_addrinfo_join(list, lvn_addrinfo_new(one, size, &hints));
}

/* That of the last listener. */
static struct addrinfo *
append_open(struct addrinfo *list)
{
	return append(list, &address, sizeof(address));
}

static struct addrinfo *
address_list(void)
{
	return append_open(NULL);
}

/* Nobody listens there. */
static struct addrinfo *
append_closed(struct addrinfo *list)
{
	struct sockaddr_in closed = address;

	closed.sin_port = htons(1);
	return append(list, &closed, sizeof(closed));
}

/* Nor there; or there is no such address. */
static struct addrinfo *
append_closed_6(struct addrinfo *list)
{
	const struct sockaddr_in6 closed = {
	    .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback, .sin6_port = htons(1)};

	return append(list, &closed, sizeof(closed));
}

TEST(connect_hostname__connects_to_the_first_address)
{
	int listener = open_listener(5);

	set_up();
	ck_assert_str_eq(request.node, "some.name");
	ck_assert_str_eq(request.service, "1234");
	turns(base, 2);
	ck_assert_str_eq(spelled(), "");

	resolve(0, address_list());
	turns(base, 3);

	ck_assert_str_eq(spelled(), "!up w0 ");
	bufferevent_free(bev);
	tear_down();
	close(listener);
}

TEST(connect_hostname__waits_for_the_second_family)
{
	int listener = open_listener(5);

	set_up();

	resolve_some(address_list());
	turns(base, 3);
	ck_assert_str_eq(spelled(), "");
	resolve(0, address_list());
	turns(base, 3);

	ck_assert_str_eq(spelled(), "!up w0 ");
	bufferevent_free(bev);
	tear_down();
	close(listener);
}

TEST(connect_hostname__goes_on_after_refusals)
{
	int listener = open_listener(5);

	set_up();

	resolve(0, append_open(append_closed(append_closed_6(NULL))));

	ck_assert_str_eq(next_spelled(base), "!up w0 ");
	bufferevent_free(bev);
	tear_down();
	close(listener);
}

TEST(connect_hostname__reports_the_last_refusal)
{
	close(open_listener(5));
	set_up();

	resolve(0, append_closed(append_closed_6(NULL)));

	ck_assert_str_eq(next_spelled(base), "!err ");
	ck_assert_int_eq(bufferevent_socket_get_dns_error(bev), 0);
	ck_assert_int_eq(bufferevent_getfd(bev), -1);
	bufferevent_free(bev);
	tear_down();
}

/* A listener whose queue is full does not answer. */
TEST(connect_hostname__goes_on_after_250_ms_of_silence)
{
	int full = open_listener(0);
	struct addrinfo *list = append_open(NULL);
	int waiting[3];
	int listener;
	struct timeval before, after, passed;

	for (int i = 0; i < 3; i++) {
		waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(waiting[i], (struct sockaddr *)&address, sizeof(address));
	}
	listener = open_listener(5);
	set_up();
	evutil_gettimeofday(&before, NULL);

	resolve(0, append_open(list));
	ck_assert_str_eq(next_spelled(base), "!up w0 ");

	evutil_gettimeofday(&after, NULL);
	evutil_timersub(&after, &before, &passed);
	ck_assert_int_ge(passed.tv_sec * 1000 + passed.tv_usec / 1000, 249);
	bufferevent_free(bev);
	tear_down();
	for (int i = 0; i < 3; i++)
		close(waiting[i]);
	close(full);
	close(listener);
}

TEST(connect_hostname__reports_a_failing_lookup)
{
	set_up();

	resolve(EVUTIL_EAI_NONAME, NULL);

	ck_assert_str_eq(spelled(), "!err ");
	ck_assert_int_eq(bufferevent_socket_get_dns_error(bev), EVUTIL_EAI_NONAME);
	ck_assert_int_eq(request.cancelled, 0);
	bufferevent_free(bev);
	tear_down();
}

TEST(bufferevent_free__cancels_the_lookup)
{
	set_up();

	bufferevent_free(bev);

	ck_assert_int_eq(request.cancelled, 1);
	ck_assert_str_eq(spelled(), "");
	tear_down();
}

TEST(connect_hostname__refuses_a_second_lookup)
{
	set_up();

	ck_assert_int_eq(bufferevent_socket_connect_hostname(
			     bev, word("resolver"), AF_INET, "another.name", 1234),
	    -1);

	ck_assert_str_eq(request.node, "some.name");
	bufferevent_free(bev);
	tear_down();
}
