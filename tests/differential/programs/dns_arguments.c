/* SPDX-License-Identifier: BSD-3-Clause */
/* Names that are none, and arguments that are missing: what is returned, or what crashes. */
#include <event2/dns.h>
#include <event2/dns_compat.h>

#include "dns_kit.h"

static struct event_base *base;
static struct evdns_base *dns;
static struct dns_server server;

static void
reply(const struct script_query *query, struct script_message *message)
{
	script_begin(message, query, 3);
}

static void
set_up(void)
{
	base = event_base_new();
	dns = evdns_base_new(base, 0);
	dns_serve(&server, base, NULL, reply);
	dns_use(dns, &server);
}

static void
nothing(void)
{
}

static char long_name[600];

/* COUNT labels of SIZE letters. */
static const char *
labels(int count, int size)
{
	char *at = long_name;

	for (int i = 0; i < count; i++) {
		memset(at, 'a', (size_t)size);
		at += size;
		*at++ = '.';
	}
	at[-1] = '\0';
	return long_name;
}

static int
found(const void *request)
{
	return request != NULL;
}

static int
resolve(const char *name)
{
	int result = found(evdns_base_resolve_ipv4(dns, name, 0, dns_say_answer, (void *)"\t"));

	if (result)
		dns_wait(base, 1);
	return result;
}

static int
list(const char *name)
{
	int result = found(evdns_getaddrinfo(dns, name, NULL, NULL, dns_say_list, (void *)"\t"));

	dns_wait(base, 1);
	return result;
}

int
main(void)
{
	struct evutil_addrinfo hints = {.ai_family = AF_INET};
	struct in_addr v4 = {1};

	KIT_ANSWER(set_up, "a label of 63", resolve(labels(1, 63)));
	KIT_ANSWER(set_up, "a label of 64", resolve(labels(1, 64)));
	KIT_ANSWER(set_up, "a name of 253", resolve(labels(127, 1)));
	KIT_ANSWER(set_up, "a name of 255", resolve(labels(128, 1)));
	KIT_ANSWER(set_up, "a name of 256", resolve(labels(4, 63)));
	KIT_ANSWER(set_up, "a name of 500", resolve(labels(250, 1)));
	KIT_ANSWER(set_up, "an empty name", resolve(""));
	KIT_ANSWER(set_up, "a dot", resolve("."));
	KIT_ANSWER(set_up, "getaddrinfo: a label of 63", list(labels(1, 63)));
	KIT_ANSWER(set_up, "getaddrinfo: a label of 64", list(labels(1, 64)));
	KIT_ANSWER(set_up, "getaddrinfo: a name of 253", list(labels(127, 1)));
	KIT_ANSWER(set_up, "getaddrinfo: a name of 255", list(labels(128, 1)));
	KIT_ANSWER(set_up, "getaddrinfo: a name of 500", list(labels(250, 1)));
	KIT_ANSWER(set_up, "getaddrinfo: an empty name", list(""));
	KIT_ANSWER(set_up, "getaddrinfo: a dot", list("."));
	KIT_ANSWER(nothing, "evdns_base_new(NULL, 0)", found(evdns_base_new(NULL, 0)));
	KIT_ANSWER(nothing, "evdns_base_free(NULL, 0)", (evdns_base_free(NULL, 0), 0));
	KIT_ANSWER(
	    set_up, "evdns_cancel_request(base, NULL)", (evdns_cancel_request(dns, NULL), 0));
	KIT_ANSWER(set_up, "evdns_getaddrinfo_cancel(NULL)", (evdns_getaddrinfo_cancel(NULL), 0));
	KIT_ANSWER(nothing, "resolve, NULL base",
	    found(evdns_base_resolve_ipv4(NULL, "a", 0, dns_say_answer, NULL)));
	KIT_ANSWER(set_up, "resolve, NULL name",
	    found(evdns_base_resolve_ipv4(dns, NULL, 0, dns_say_answer, NULL)));
	KIT_ANSWER(set_up, "resolve, NULL callback",
	    (found(evdns_base_resolve_ipv4(dns, "a", 0, NULL, NULL)),
		event_base_loop(base, EVLOOP_ONCE), event_base_loop(base, EVLOOP_ONCE),
		event_base_loop(base, EVLOOP_NONBLOCK)));
	KIT_ANSWER(set_up, "reverse, NULL address",
	    found(evdns_base_resolve_reverse(dns, NULL, 0, dns_say_answer, NULL)));
	KIT_ANSWER(nothing, "reverse, NULL base",
	    found(evdns_base_resolve_reverse(NULL, &v4, 0, dns_say_answer, NULL)));
	KIT_ANSWER(nothing, "getaddrinfo, NULL base, number",
	    found(evdns_getaddrinfo(NULL, "1.2.3.4", NULL, &hints, dns_say_list, (void *)"\t")));
	KIT_ANSWER(nothing, "getaddrinfo, NULL base, name",
	    found(evdns_getaddrinfo(NULL, "a", NULL, &hints, dns_say_list, (void *)"\t")));
	KIT_ANSWER(set_up, "set_option, NULL name", evdns_base_set_option(dns, NULL, "3"));
	KIT_ANSWER(set_up, "set_option, NULL value", evdns_base_set_option(dns, "timeout", NULL));
	KIT_ANSWER(nothing, "set_option, NULL base", evdns_base_set_option(NULL, "timeout", "3"));
	KIT_ANSWER(set_up, "ip_add, NULL text", evdns_base_nameserver_ip_add(dns, NULL));
	KIT_ANSWER(
	    set_up, "sockaddr_add, NULL", evdns_base_nameserver_sockaddr_add(dns, NULL, 0, 0));
	KIT_ANSWER(nothing, "count, NULL base", evdns_base_count_nameservers(NULL));
	KIT_ANSWER(nothing, "evdns_count_nameservers", evdns_count_nameservers());
	KIT_ANSWER(nothing, "clear, NULL base", evdns_base_clear_nameservers_and_suspend(NULL));
	KIT_ANSWER(nothing, "resume, NULL base", evdns_base_resume(NULL));
	KIT_ANSWER(
	    set_up, "get_nameserver_addr, NULL", evdns_base_get_nameserver_addr(dns, 0, NULL, 0));
	KIT_ANSWER(set_up, "search_add, NULL", (evdns_base_search_add(dns, NULL), 0));
	KIT_ANSWER(set_up, "search_add, empty", (evdns_base_search_add(dns, ""), 0));
	KIT_ANSWER(set_up, "two bases, one event base", found(evdns_base_new(base, 0)));
	return 0;
}
