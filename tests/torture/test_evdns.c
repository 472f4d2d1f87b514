/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Resolvers while memory and system calls fail: every request has its callback, once.
 */
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <levin/dns.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "differential/dns_script.h"
#include "torture/torture.h"

struct resolving {
	struct event_base *base;
	struct evdns_base *dns;
	int fd; /* of the name server */
	struct event *server;
	char address[32];
	int lookups;
	int lists;
	int calls;
};

/* The server's own calls do not fail. */
static void
serve(evutil_socket_t fd, short what, void *arg)
{
	static struct script_query query;
	static struct script_message reply;
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	ssize_t n;

	(void)what;
	(void)arg;
	faults_pause();
	n = recvfrom(fd, query.message.bytes, sizeof(query.message.bytes), MSG_DONTWAIT,
	    (struct sockaddr *)&from, &size);
	if (n > 12) {
		script_read_query(&query);
		script_begin(&reply, &query, 0);
		script_add_name(&reply, NULL, TYPE_CNAME, 60, "real.test");
		script_add_addresses(&reply, "real.test", query.type, 60, 20);
		sendto(fd, reply.bytes, (size_t)reply.size, 0, (struct sockaddr *)&from, size);
	}
	faults_resume();
}

static void
open_server(struct resolving *resolving)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(address);

	faults_pause();
	resolving->fd = socket(AF_INET, SOCK_DGRAM, 0);
	EXPECT(bind(resolving->fd, (struct sockaddr *)&address, size) == 0);
	EXPECT(getsockname(resolving->fd, (struct sockaddr *)&address, &size) == 0);
	faults_resume();
	evutil_snprintf(resolving->address, sizeof(resolving->address), "127.0.0.1:%d",
	    ntohs(address.sin_port));
	TRY_NEW(resolving->server,
	    event_new(resolving->base, resolving->fd, EV_READ | EV_PERSIST, serve, NULL));
	TRY(event_add(resolving->server, NULL));
}

static void
set_up(struct resolving *resolving, const struct configuration *configuration)
{
	memset(resolving, 0, sizeof(*resolving));
	resolving->base = torture_base(configuration);
	open_server(resolving);
	TRY_NEW(resolving->dns, evdns_base_new(resolving->base, 0));
	TRY(evdns_base_set_option(resolving->dns, "timeout", "0.02"));
	/* 0 or an error above 0. */
	TRY(-evdns_base_nameserver_ip_add(resolving->dns, resolving->address));
}

static void
tear_down(struct resolving *resolving)
{
	if (resolving->dns)
		evdns_base_free(resolving->dns, 0);
	event_base_loop(resolving->base, EVLOOP_NONBLOCK);
	event_free(resolving->server);
	torture_close(resolving->fd);
	event_base_free(resolving->base);
}

static void
on_answer(int result, char type, int count, int ttl, void *addresses, void *arg)
{
	struct resolving *resolving = arg;

	(void)ttl;
	EXPECT((result == DNS_ERR_NONE) == (count == 20));
	EXPECT((result == DNS_ERR_NONE) == (addresses && type == DNS_IPv4_A));
	resolving->lookups++;
	resolving->calls++;
}

static void
on_list(int error, struct evutil_addrinfo *list, void *arg)
{
	struct resolving *resolving = arg;

	EXPECT((error == 0) == (list != NULL));
	if (list)
		evutil_freeaddrinfo(list);
	resolving->lists++;
	resolving->calls++;
}

static void
resolve(const struct configuration *configuration)
{
	struct evutil_addrinfo hints = {
	    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = EVUTIL_AI_CANONNAME};
	struct resolving resolving;
	struct evdns_request *request;

	set_up(&resolving, configuration);

	evdns_base_search_add(resolving.dns, "a.test");
	TRY_NEW(
	    request, evdns_base_resolve_ipv4(resolving.dns, "one.test", 0, on_answer, &resolving));
	evdns_getaddrinfo(resolving.dns, "two.test", "80", &hints, on_list, &resolving);
	torture_run(resolving.base, &resolving.calls, 2);
	/* Perhaps from the cache. */
	evdns_getaddrinfo(resolving.dns, "two.test", "80", &hints, on_list, &resolving);
	TRY_NEW(
	    request, evdns_base_resolve_ipv4(resolving.dns, "localhost", 0, on_answer, &resolving));
	evdns_cancel_request(resolving.dns, request);
	torture_run(resolving.base, &resolving.calls, 4);

	EXPECT(resolving.lookups == 2);
	EXPECT(resolving.lists == 2);
	tear_down(&resolving);
}

TEST_SECONDS(240);

TEST_ON_BACKENDS(evdns__one_callback_for_each_request_whatever_fails)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	torture(resolve, &configuration);
}

/* Without memory for the answer, the result is an error. */
static void
on_whole_answer(int result, struct levin_dns_answer *answer, void *arg)
{
	struct resolving *resolving = arg;
	int count = 0;

	EXPECT((result == DNS_ERR_NONE) <= (answer != NULL));
	for (const struct levin_dns_record *at = answer ? answer->records : NULL; at; at = at->next)
		count += strcmp(at->name, "real.test") == 0;
	EXPECT((result == DNS_ERR_NONE) == (count == 20));
	levin_dns_answer_free(answer);
	resolving->calls++;
}

static void
query(const struct configuration *configuration)
{
	struct resolving resolving;
	struct levin_dns_request *request;

	set_up(&resolving, configuration);

	TRY_NEW(request, levin_dns_query(resolving.dns, "one.test", LEVIN_DNS_TYPE_A, 0,
			     on_whole_answer, &resolving));
	torture_run(resolving.base, &resolving.calls, 1);
	TRY_NEW(request, levin_dns_query(resolving.dns, "two.test", LEVIN_DNS_TYPE_AAAA, 0,
			     on_whole_answer, &resolving));
	levin_dns_cancel(request);
	torture_run(resolving.base, &resolving.calls, 2);

	EXPECT(resolving.calls == 2);
	tear_down(&resolving);
}

TEST_ON_BACKENDS(levin_dns_query__one_callback_for_each_query_whatever_fails)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	torture(query, &configuration);
}

/* Requests that are under way, and callbacks that are due. */
static void
resolve_and_free(const struct configuration *configuration)
{
	struct resolving resolving;
	struct evdns_request *request;

	set_up(&resolving, configuration);
	for (int i = 0; i < 3; i++)
		TRY_NEW(request,
		    evdns_base_resolve_ipv4(resolving.dns, "one.test", 0, on_answer, &resolving));
	evdns_getaddrinfo(resolving.dns, "two.test", "80", NULL, on_list, &resolving);
	(void)request;

	evdns_base_free(resolving.dns, 1);
	resolving.dns = NULL;
	torture_run(resolving.base, &resolving.calls, 4);

	EXPECT(resolving.calls == 4);
	tear_down(&resolving);
}

TEST_ON_BACKENDS(evdns_base_free__one_callback_for_each_request_whatever_fails)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	torture(resolve_and_free, &configuration);
}
