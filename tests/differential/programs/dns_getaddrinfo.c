/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * evdns_getaddrinfo where a server is asked.  The first label of a name says how it replies:
 * what for A, a dash, what for AAAA.  A digit is a number of addresses, "n" none, "x" that the
 * name does not exist, "f", "s", "i" and "r" are other errors, "q" is silence, "t" a truncated
 * reply, "c" an alias with an address, "l" one second late.
 */
#include <netdb.h>

#include "dns_kit.h"

static struct event_base *base;
static struct evdns_base *dns;
static struct dns_server server;

static void
reply(const struct script_query *query, struct script_message *message)
{
	char how = query->name[query->type == TYPE_A ? 0 : 2];
	const char *rcodes = " fsxir", *found = strchr(rcodes, how);

	if (how == 'q')
		return;
	script_begin(message, query,
	    how == 't' ? FLAG_TRUNCATED
	    : found    ? (int)(found - rcodes)
		       : 0);
	if (how == 'c') {
		script_add_name(message, NULL, TYPE_CNAME, 0, "between.test");
		script_add_name(message, "between.test", TYPE_CNAME, 0, "Real.Test");
		script_add_addresses(message, "Real.Test", query->type, 0, 1);
	} else if (how >= '1' && how <= '9') {
		script_add_addresses(message, NULL, query->type, 0, how - '0');
	}
}

static void
look_up(const char *node, const char *service, int flags, int family, int type, int protocol)
{
	struct evutil_addrinfo hints = {
	    .ai_flags = flags, .ai_family = family, .ai_socktype = type, .ai_protocol = protocol};

	say("%s %s, flags %x, family %d, type %d, protocol %d", node, service, (unsigned)flags,
	    family, type, protocol);
	if (!evdns_getaddrinfo(dns, node, service, &hints, dns_say_list, (void *)"  "))
		say("  at once");
	dns_wait(base, 1);
}

int
main(void)
{
	static const char outcomes[] = "1nxfsirqtc";
	static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6};
	char name[64];

	base = kit_base();
	dns = evdns_base_new(base, 0);
	evdns_base_set_option(dns, "timeout", "1");
	evdns_base_set_option(dns, "attempts", "1");
	dns_serve(&server, base, NULL, reply);
	dns_use(dns, &server);

	for (int i = 0; outcomes[i]; i++) {
		for (int k = 0; outcomes[k]; k++) {
			snprintf(name, sizeof(name), "%c-%c.test", outcomes[i], outcomes[k]);
			look_up(name, "80", 0, AF_UNSPEC, SOCK_STREAM, 0);
		}
	}
	for (size_t f = 0; f < 3; f++) {
		look_up("2-2.test", "80", 0, families[f], 0, 0);
		look_up("2-2.test", "80", 0, families[f], SOCK_DGRAM, 0);
		look_up("2-2.test", "http", 0, families[f], 0, IPPROTO_TCP);
		look_up("2-2.test", "no-such-service", 0, families[f], 0, IPPROTO_TCP);
		look_up("2-2.test", "80", EVUTIL_AI_CANONNAME, families[f], SOCK_STREAM, 0);
		look_up("c-c.test", "80", EVUTIL_AI_CANONNAME, families[f], SOCK_STREAM, 0);
		look_up("c-c.test", "80", EVUTIL_AI_CANONNAME, families[f], 0, 0);
		look_up("2-2.test", "80", EVUTIL_AI_PASSIVE, families[f], SOCK_STREAM, 0);
		look_up("2-2.test", "80", EVUTIL_AI_V4MAPPED | EVUTIL_AI_ALL, families[f],
		    SOCK_STREAM, 0);
		look_up("2-2.test", "80", 0x8000000, families[f], SOCK_STREAM, 0);
		look_up("2-2.test", "80", 0, families[f], SOCK_RAW, 99);
		look_up("2-2.test", "80", 0, families[f], 99, 0);
		look_up("n-n.test", "80", 0, families[f], SOCK_STREAM, 0);
		look_up("x-x.test", "80", 0, families[f], SOCK_STREAM, 0);
	}
	evdns_base_free(dns, 0);
	dns_stop(&server);
	event_base_free(base);
	return 0;
}
