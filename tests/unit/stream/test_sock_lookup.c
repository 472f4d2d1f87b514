/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/sock_lookup.h"

#include <event2/event.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "base/addrinfo.h"
#include "base/resolver_hook.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "support/suite.h"

/* ---- A resolver that answers when it is told to ---------------------------------------- */

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
answer(int error, struct addrinfo *list)
{
	resolver_done_fn *done = request.done;

	request.done = NULL;
	done(error, list, request.arg);
}

static void
cancel(void *cancelled)
{
	ck_assert_ptr_eq(cancelled, &request);
	request.cancelled++;
	answer(EVUTIL_EAI_CANCEL, NULL);
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

START_TEST(an_answer_is_connected_to)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	set_up();
	ck_assert_str_eq(request.node, "some.name");
	ck_assert_str_eq(request.service, "1234");
	turns(base, 2);
	ck_assert_str_eq(spelled(), "");

	answer(0, lvn_addrinfo_new((struct sockaddr *)&address, size, &hints));
	turns(base, 3);

	ck_assert_str_eq(spelled(), "!up w0 ");
	bufferevent_free(bev);
	tear_down();
	close(listener);
}
END_TEST

START_TEST(a_failure_is_told_with_its_reason)
{
	set_up();

	answer(EVUTIL_EAI_NONAME, NULL);

	ck_assert_str_eq(spelled(), "!err ");
	ck_assert_int_eq(bufferevent_socket_get_dns_error(bev), EVUTIL_EAI_NONAME);
	ck_assert_int_eq(request.cancelled, 0);
	bufferevent_free(bev);
	tear_down();
}
END_TEST

START_TEST(freeing_the_stream_cancels_its_lookup)
{
	set_up();

	bufferevent_free(bev);

	ck_assert_int_eq(request.cancelled, 1);
	ck_assert_str_eq(spelled(), "");
	tear_down();
}
END_TEST

START_TEST(there_is_one_lookup_at_a_time)
{
	set_up();

	ck_assert_int_eq(bufferevent_socket_connect_hostname(
			     bev, word("resolver"), AF_INET, "another.name", 1234),
	    -1);

	ck_assert_str_eq(request.node, "some.name");
	bufferevent_free(bev);
	tear_down();
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("stream_sock_lookup");
	TCase *group = tcase_create("lookup");

	tcase_add_test(group, an_answer_is_connected_to);
	tcase_add_test(group, a_failure_is_told_with_its_reason);
	tcase_add_test(group, freeing_the_stream_cancels_its_lookup);
	tcase_add_test(group, there_is_one_lookup_at_a_time);
	suite_add_tcase(suite, group);
	return suite;
}
