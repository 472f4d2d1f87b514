/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A resolver shared between threads: one runs the loop, the others look names up, cancel
 * requests and change name servers.  Every request has its callback, once.
 */
#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/stress_kit.h"

enum { THREADS = 8, ROUNDS = 200, WAITING_MAX = 100 };

static struct event_base *base;
static struct evdns_base *dns;
static struct evdns_server_port *port;
static struct sockaddr_in address;
static atomic_long asked, called, failed;
static atomic_long names;

/* Names that begin with q have no reply. */
static void
serve(struct evdns_server_request *request, void *arg)
{
	static const unsigned char addresses[16] = {10, 0, 0, 1};
	const struct evdns_server_question *question = request->questions[0];

	(void)arg;
	if (question->name[0] == 'q' || question->name[0] == 'Q') {
		evdns_server_request_drop(request);
		return;
	}
	if (question->type == EVDNS_TYPE_A)
		evdns_server_request_add_a_reply(request, question->name, 1, addresses, 60);
	else
		evdns_server_request_add_aaaa_reply(request, question->name, 1, addresses, 60);
	evdns_server_request_respond(request, DNS_ERR_NONE);
}

static bool
set_up(int i)
{
	const struct backend_under_test *backend = backend_under_test(i);
	socklen_t size = sizeof(address);
	int fd;

	if (!backend->threads)
		return false;
	base = base_on(backend);
	address = (struct sockaddr_in){.sin_family = AF_INET};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	port = evdns_add_server_port_with_base(base, fd, 0, serve, NULL);
	dns = evdns_base_new(base, 0);
	ck_assert_int_eq(evdns_base_nameserver_sockaddr_add(
			     dns, (struct sockaddr *)&address, sizeof(address), 0),
	    0);
	evdns_base_set_option(dns, "max-inflight", "1000");
	return true;
}

static void
tear_down(void)
{
	while (called < asked)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(called, asked);
	evdns_base_free(dns, 0);
	evdns_close_server_port(port);
	turn(base);
	event_base_free(base);
}

static void
on_list(int error, struct evutil_addrinfo *list, void *arg)
{
	(void)arg;
	if (list)
		evutil_freeaddrinfo(list);
	if (error)
		failed++;
	called++;
}

static void
on_answer(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	(void)type;
	(void)count;
	(void)ttl;
	(void)addresses;
	(void)arg;
	if (result != DNS_ERR_NONE)
		failed++;
	called++;
}

/* A name that nobody has asked for, nor the cache has. */
static void
new_name(char text[32], char first)
{
	snprintf(text, 32, "%c%ld.test", first, atomic_fetch_add(&names, 1));
}

static void
wait_for_others(void)
{
	while (asked - called > WAITING_MAX)
		sched_yield();
}

static void
look_some_up(long round)
{
	struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	char name[32];

	wait_for_others();
	asked++;
	new_name(name, round % 8 ? 'a' : 'b');
	evdns_getaddrinfo(dns, round % 5 ? name : "same.test", "80", &hints, on_list, NULL);
	asked++;
	ck_assert_ptr_nonnull(evdns_base_resolve_ipv4(dns, name, 0, on_answer, NULL));
	asked++;
	evdns_getaddrinfo(dns, "localhost", NULL, NULL, on_list, NULL);
}

static void
look_up(void)
{
	for (long round = 0; stress_goes_on(round, ROUNDS); round++)
		look_some_up(round);
}

TEST_RANGE(evdns_getaddrinfo__from_many_threads, 0, stress_backends_count())
{
	if (!set_up(_i))
		return;

	stress_run(base, THREADS, look_up);
	while (called < asked)
		event_base_loop(base, EVLOOP_ONCE);

	ck_assert_int_eq(failed, 0);
	tear_down();
}

/* Without a reply the requests are there until they are cancelled. */
static void
cancel_some(long round)
{
	struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct evdns_getaddrinfo_request *list_request;
	struct evdns_request *request;
	char name[32];

	wait_for_others();
	new_name(name, 'q');
	asked += 2;
	request = evdns_base_resolve_ipv4(dns, name, 0, on_answer, NULL);
	list_request = evdns_getaddrinfo(dns, name, NULL, &hints, on_list, NULL);
	if (round % 3 == 0)
		sched_yield();
	evdns_cancel_request(dns, request);
	evdns_getaddrinfo_cancel(list_request);
}

static void
look_up_and_cancel(void)
{
	for (long round = 0; stress_goes_on(round, ROUNDS); round++)
		cancel_some(round);
}

TEST_RANGE(evdns_cancel_request__from_many_threads, 0, stress_backends_count())
{
	if (!set_up(_i))
		return;

	stress_run(base, THREADS, look_up_and_cancel);
	while (called < asked)
		event_base_loop(base, EVLOOP_ONCE);

	ck_assert_int_eq(failed, asked);
	tear_down();
}

static void
change_some(long round)
{
	evdns_base_clear_nameservers_and_suspend(dns);
	sched_yield();
	evdns_base_nameserver_sockaddr_add(dns, (struct sockaddr *)&address, sizeof(address), 0);
	evdns_base_resume(dns);
	evdns_base_set_option(dns, "max-inflight", round % 2 ? "10" : "1000");
	evdns_base_set_option(dns, "randomize-case", round % 2 ? "0" : "1");
	evdns_base_search_add(dns, "suffix.test");
	evdns_base_search_clear(dns);
	ck_assert_int_le(evdns_base_count_nameservers(dns), 1);
	sched_yield();
}

static atomic_int threads_begun;

/* The first thread changes the servers while the others look up. */
static void
look_up_or_change(void)
{
	if (threads_begun++ % THREADS != 0) {
		look_up();
		return;
	}
	for (long round = 0; stress_goes_on(round, ROUNDS); round++)
		change_some(round);
}

TEST_RANGE(
    evdns_base_clear_nameservers_and_suspend__while_threads_look_up, 0, stress_backends_count())
{
	if (!set_up(_i))
		return;

	stress_run(base, THREADS, look_up_or_change);

	tear_down();
}

/* Each thread does everything. */
static void
do_everything(void)
{
	long first = threads_begun++;

	for (long round = first; stress_goes_on(round - first, ROUNDS); round++) {
		if (round % 3 == 0)
			look_some_up(round);
		else if (round % 3 == 1)
			cancel_some(round);
		else
			change_some(round);
	}
}

TEST_RANGE(evdns_base__everything_from_many_threads, 0, stress_backends_count())
{
	if (!set_up(_i))
		return;

	stress_run(base, THREADS, do_everything);
	change_some(0);

	tear_down();
}
